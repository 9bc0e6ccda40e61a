import { sensReceipt, sensRefusal } from '../../src/channels/sens/sens-results';

const NOW = Date.parse('2026-01-15T03:00:00Z');

function refusal(
  status: number,
  body: unknown = {},
  { method = 'POST', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return sensRefusal({
    method,
    status,
    headers,
    text,
    timestampMs: NOW,
    serviceIdSetting: 'SENS_SERVICE_ID',
  });
}

describe('the result of a SENS message', () => {
  it.each(['READY', 'PROCESSING', undefined])('%s is pending', (status) => {
    expect(sensReceipt({ status, statusCode: '3001' })).toEqual({ state: 'pending' });
  });

  it.each([
    { statusCode: '0', statusName: 'success' },
    { statusCode: 0 },
    { statusCode: undefined, statusName: 'success' },
  ])('COMPLETED with %o is delivered', (result) => {
    expect(sensReceipt({ status: 'COMPLETED', ...result })).toEqual({ state: 'delivered' });
  });

  it.each([
    ['1001', 'UNREACHABLE', true],
    ['1004', 'SENDER_REFUSED', false],
    ['1005', 'SENDER_REFUSED', false],
    ['2000', 'UNREACHABLE', true],
    ['2007', 'UNREACHABLE', true],
    ['3001', 'INVALID_RECIPIENT', false],
    ['3002', 'INVALID_RECIPIENT', false],
    ['3003', 'INVALID_RECIPIENT', false],
    ['3004', 'UNREACHABLE', false],
    ['3006', 'BLOCKED', false],
    ['3012', 'SENDER_REFUSED', false],
    ['3017', 'SENDER_REFUSED', false],
    ['3018', 'SENDER_REFUSED', false],
    ['3019', 'SENDER_REFUSED', false],
    ['3022', 'SENDER_REFUSED', false],
    ['3023', 'SENDER_REFUSED', false],
    ['3999', 'UNREACHABLE', false],
    ['9999', 'UNREACHABLE', true],
  ])('COMPLETED with %s is %s, retryable: %s', (statusCode, failure, retryable) => {
    const result = { status: 'COMPLETED', statusCode, statusName: 'fail' };
    expect(sensReceipt(result)).toEqual({ state: 'failed', failure, retryable, providerCode: statusCode });
  });

  it('a code outweighs a name that contradicts it', () => {
    const result = { status: 'COMPLETED', statusCode: '3001', statusName: 'success' };
    expect(sensReceipt(result)).toMatchObject({ state: 'failed', failure: 'INVALID_RECIPIENT' });
  });
});

describe('a refusal by SENS', () => {
  it.each([
    { errors: ['messages[0].to is invalid'] },
    { errorMessage: 'to must be digits' },
    { errors: ['to'] },
    { error: { errorCode: '100', message: 'Bad Request', details: "field 'to' is malformed" } },
    { errors: { to: 'must be digits' } },
    { message: '수신번호 형식이 올바르지 않습니다.' },
  ])('400 with %o concerns the recipient', (body) => {
    expect(refusal(400, body)).toMatchObject({
      kind: 'permanent',
      options: { failure: 'INVALID_RECIPIENT' },
    });
  });

  it.each([
    { errorMessage: 'Failed to send: the calling number is not registered' },
    { errors: ['from is invalid'] },
    { errors: ['messages[0].content is too long'] },
    { message: '등록되지 않은 발신번호입니다.' },
    { errorMessage: 'bad request: {"messages": [{"to": "01012345678"}]}' },
    {},
    null,
    'not JSON',
  ])('400 with %o concerns the sender', (body) => {
    expect(refusal(400, body)).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
  });

  it.each([403, 404, 413])('%i concerns the sender', (status) => {
    const body = { error: { errorCode: '300', message: 'messages[0].to' } };
    expect(refusal(status, body)).toMatchObject({
      kind: 'permanent',
      options: { failure: 'SENDER_REFUSED', providerCode: '300' },
    });
  });

  it.each([
    [500, 'POST', 'retryable'],
    [503, 'POST', 'retryable'],
    [502, 'POST', 'unknown'],
    [504, 'POST', 'unknown'],
    [504, 'GET', 'retryable'],
  ])('%i after a %s is %s', (status, method, kind) => {
    expect(refusal(status, {}, { method }).kind).toBe(kind);
  });

  it.each([
    ['7', 7_000],
    ['Thu, 15 Jan 2026 03:00:30 GMT', 30_000],
    ['Thu, 15 Jan 2026 02:00:00 GMT', undefined],
    ['soon', undefined],
  ])('429 with Retry-After %s asks for a pause', (retryAfter, retryAfterMs) => {
    const headers = { 'retry-after': retryAfter, date: new Date(NOW).toUTCString() };
    expect(refusal(429, {}, { headers })).toMatchObject({ kind: 'retryable', options: { retryAfterMs } });
  });

  it.each([
    [600_000, 'clock is 600 s behind'],
    [-600_000, 'clock is 600 s ahead'],
    [240_000, "account's authentication key, not the service's own"],
  ])('401 from a server %i ms ahead says how to correct the clock', (aheadMs, hint) => {
    const headers = { date: new Date(NOW + aheadMs).toUTCString() };
    const error = refusal(401, { error: { errorCode: '200', message: 'no' } }, { headers });
    expect(error).toMatchObject({
      kind: 'permanent',
      options: { failure: 'SENDER_REFUSED', providerCode: '200' },
    });
    expect(error.message).toContain(hint);
  });

  it('401 without a date counts as a wrong key', () => {
    expect(refusal(401).message).toContain('SENS_SECRET_KEY');
  });

  it.each([400, 401, 404, 413, 429, 500, 504])(
    '%i leads to an error without the number and the text',
    (status) => {
      const echo = '01012345678 인증번호는 [123456]입니다.';
      const bodies = [
        { error: { errorCode: echo, message: echo, details: echo } },
        { status: echo, error: echo, errors: [echo], message: echo, errorMessage: echo },
      ];
      for (const body of bodies) {
        const error = refusal(status, body);
        expect(JSON.stringify([error.message, error.options])).not.toMatch(/0101234|123456|인증/);
        expect(error.options.providerCode).toBe(String(status));
      }
    },
  );
});
