import { type AddressInfo, createServer } from 'node:net';
import { SensProvider, type SensProviderSettings } from '../../src/channels/sens/sens.provider';
import { type OutgoingMessage } from '../../src/channels/provider.types';
import { failureOf } from '../support/delivery-failure';
import { FakeSens, SENS_ACCESS } from '../support/fake-sens';
import { outgoingMessage } from '../support/outgoing-message';
import { ManualClock } from '../support/manual-clock';

const TEXT = '인증번호는 [123456]입니다.';
const NUMBER = '01012345678';

let clock: ManualClock;
let sens: FakeSens;
let provider: SensProvider;
const never = new AbortController().signal;
/** No message is recorded for any delivery yet. */
const NONE = new Set<string>();

const message = (change: Partial<OutgoingMessage> = {}) => outgoingMessage({ text: TEXT, ...change });

function providerWith(change: Partial<SensProviderSettings> = {}): SensProvider {
  const settings = {
    endpoint: sens.url,
    ...SENS_ACCESS,
    from: '0212345678',
    allowLms: false,
    lmsSubject: '',
    ...change,
  };
  return new SensProvider(settings, clock);
}

beforeEach(async () => {
  clock = new ManualClock();
  sens = await FakeSens.start(() => clock.now());
  provider = providerWith();
});
afterEach(() => sens.close());

describe('SensProvider: sending', () => {
  it('sends to a Korean number in national digits and returns the request id', async () => {
    const accepted = await provider.send(message(), never);
    const [taken] = await sens.waitForMessages(1);
    expect(taken).toMatchObject({ type: 'SMS', countryCode: '82', to: NUMBER, content: TEXT });
    expect(accepted).toEqual({ providerMessageId: taken!.requestId });
  });

  it.each([
    ['the United States', '+12133734253', '1', '2133734253'],
    ['Britain, whose trunk prefix 0 is left out', '+447911123456', '44', '7911123456'],
    ['Japan', '+819012345678', '81', '9012345678'],
    ['Russia, whose trunk prefix is 8', '+79123456789', '7', '9123456789'],
    ['Hungary, whose trunk prefix is 06', '+36201234567', '36', '201234567'],
    ['Argentina, whose mobile numbers are dialled otherwise at home', '+5491123456789', '54', '91123456789'],
    ['Italy, where a leading 0 belongs to the number', '+390236618300', '39', '0236618300'],
    ['Italy', '+393123456789', '39', '3123456789'],
    ['Singapore', '+6591234567', '65', '91234567'],
    ['Korea, where the trunk prefix stays', '+821012345678', '82', '01012345678'],
  ])('sends to a number of %s', async (_country, number, countryCode, to) => {
    await provider.send(message({ to: number }), never);
    expect(sens.messages[0]).toMatchObject({ countryCode, to });
  });

  it('signs the encoded path when the service id requires encoding', async () => {
    const error = await failureOf(
      providerWith({ serviceId: 'ncp:sms:kr:1:프로 젝트' }).send(message(), never),
    );
    // The status is not 401: the signature was right and only the service is unknown.
    expect(error.message).toContain('SENS_SERVICE_ID');
    expect(sens.calls[0]!.target).toContain('/ncp:sms:kr:1:%ED');
  });

  it('sends 90 bytes as SMS and refuses 91 bytes when LMS is not allowed', async () => {
    await provider.send(message({ text: '가'.repeat(45) }), never);
    const error = await failureOf(provider.send(message({ text: `${'가'.repeat(45)}a` }), never));
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
    expect(sens.messages.map(({ type }) => type)).toEqual(['SMS']);
  });

  it.each([
    ['바다', '바다'],
    ['가'.repeat(20), '가'.repeat(20)],
    [`${'가'.repeat(20)}a`, undefined],
    ['바다 – 인증', undefined],
    ['', undefined],
  ])('sends 91 bytes as LMS with the subject "%s" when LMS is allowed', async (lmsSubject, subject) => {
    const lms = providerWith({ allowLms: true, lmsSubject });
    await lms.send(message({ text: 'a'.repeat(91) }), never);
    expect(sens.messages[0]).toMatchObject({ type: 'LMS', content: 'a'.repeat(91) });
    expect(sens.messages[0]!.subject).toBe(subject);
  });

  it('refuses a text that an LMS would cut off', async () => {
    const lms = providerWith({ allowLms: true });
    const error = await failureOf(lms.send(message({ text: 'a'.repeat(2_001) }), never));
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
    expect(sens.calls).toHaveLength(0);
  });

  it('refuses a text that is not a number without calling SENS', async () => {
    const error = await failureOf(provider.send(message({ to: 'nobody' }), never));
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'INVALID_RECIPIENT' } });
    expect(sens.calls).toHaveLength(0);
  });

  it.each([
    ['fails by name', { requestId: 'RSSA-9', statusCode: '500', statusName: 'fail' }],
    ['names no request', {}],
    ['is null', null as unknown as object],
  ])('reports an unknown outcome when an acceptance %s', async (_what, body) => {
    sens.answerNext({ status: 202, body });
    const error = await failureOf(provider.send(message(), never));
    expect(error.kind).toBe('unknown');
  });

  it('reports the difference of the clocks', async () => {
    const ours = new ManualClock(clock.now() - 3_600_000);
    const late = new SensProvider(
      { endpoint: sens.url, ...SENS_ACCESS, from: '021', allowLms: false, lmsSubject: '' },
      ours,
    );
    const error = await failureOf(late.send(message(), never));
    expect(error.message).toContain('clock is 3600 s behind');
  });

  it('names the right secret when the signature is wrong', async () => {
    const error = await failureOf(providerWith({ secretKey: 'SERVICEKEY' }).send(message(), never));
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
    expect(error.message).toContain("account's authentication key");
  });
});

describe('SensProvider: a connection that fails', () => {
  it('is retryable when no server listens', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const error = await failureOf(
      providerWith({ endpoint: `http://127.0.0.1:${port}` }).send(message(), never),
    );
    expect(error).toMatchObject({ kind: 'retryable', options: { providerCode: 'ECONNREFUSED' } });
  });

  it.each(['before', 'after'] as const)(
    'has an unknown outcome when it breaks %s the message was accepted',
    async (drop) => {
      sens.answerNext({ drop });
      const since = clock.now();
      expect((await failureOf(provider.send(message(), never))).kind).toBe('unknown');
      const found = await provider.lookup(message(), { since, known: NONE }, never);
      expect(found).toEqual(drop === 'after' ? { providerMessageId: 'RSSA-1' } : null);
    },
  );

  it('has an unknown outcome when the caller aborts after the request was sent', async () => {
    // The answer is delayed, and the caller stops waiting.
    sens.answerNext({ delayMs: 1_000, drop: 'before' });
    const caller = new AbortController();
    const sending = failureOf(provider.send(message(), caller.signal));
    await sens.waitForCalls(1, /^POST/);
    caller.abort();
    expect((await sending).kind).toBe('unknown');
  });
});

describe('SensProvider: the lookup', () => {
  it('queries Korean time with a margin on both sides', async () => {
    const since = clock.now();
    clock.advance(60);
    await provider.lookup(message(), { since, known: NONE }, never);
    const query = new URL(sens.calls[0]!.target, sens.url).searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      requestStartTime: '2026-01-15 11:55:00',
      requestEndTime: '2026-01-15 12:06:00',
      to: NUMBER,
    });
    expect(sens.calls[0]!.target).not.toContain('+');
  });

  it('does not return a message to the same number with another code', async () => {
    await provider.send(message({ text: TEXT.replace('123456', '654321') }), never);
    expect(await provider.lookup(message(), { since: clock.now(), known: NONE }, never)).toBeNull();
  });

  it('does not return a message to another number', async () => {
    await provider.send(message({ to: '+821099999999' }), never);
    expect(await provider.lookup(message(), { since: clock.now(), known: NONE }, never)).toBeNull();
  });

  it('does not return a message that is recorded for another delivery, however soon the resend came', async () => {
    const { providerMessageId } = await provider.send(message(), never);
    const known = new Set([providerMessageId]);
    const since = clock.now();
    sens.answerNext({ drop: 'before' });
    await failureOf(provider.send(message(), never));
    expect(await provider.lookup(message(), { since, known }, never)).toBeNull();
    sens.answerNext({ drop: 'after' });
    await failureOf(provider.send(message(), never));
    expect(await provider.lookup(message(), { since, known }, never)).toEqual({
      providerMessageId: 'RSSA-2',
    });
  });

  it('returns the latest of several messages that it may have sent', async () => {
    const since = clock.now();
    await provider.send(message(), never);
    clock.advance(5);
    const second = await provider.send(message(), never);
    expect(await provider.lookup(message(), { since, known: NONE }, never)).toEqual(second);
  });

  it('does not return a message that failed temporarily, because it has to be sent again', async () => {
    sens.results.set(NUMBER, ['2003', '3001']);
    for (const found of [null, { providerMessageId: 'RSSA-2' }]) {
      const { providerMessageId } = await provider.send(message(), never);
      for (let check = 0; check < 2; check++) await provider.receipt(providerMessageId, never);
      expect(await provider.lookup(message(), { since: clock.now(), known: NONE }, never)).toEqual(found);
    }
  });

  it.each([10_000, 120_000, 290_000])('finds a message although our clock is %d ms ahead', async (offMs) => {
    const accepted = await provider.send(message(), never);
    expect(await provider.lookup(message(), { since: clock.now() + offMs, known: NONE }, never)).toEqual(
      accepted,
    );
  });

  it('finds the message by its code when the rest of the text was changed', async () => {
    const accepted = await provider.send(message({ text: '123456, 3분' }), never);
    const later = message({ text: '123456, 2분' });
    expect(await provider.lookup(later, { since: clock.now(), known: NONE }, never)).toEqual(accepted);
  });

  it('does not find a code inside a longer number', async () => {
    await provider.send(message({ text: '0123456 91234567' }), never);
    expect(await provider.lookup(message(), { since: clock.now(), known: NONE }, never)).toBeNull();
  });

  it('ignores line ends that were changed in transit', async () => {
    const text = `${TEXT}\n@example.com #123456`;
    const accepted = await provider.send(message({ text }), never);
    sens.messages[0]!.content = text.replace('\n', '\r\n');
    expect(await provider.lookup(message({ text }), { since: clock.now(), known: NONE }, never)).toEqual(
      accepted,
    );
  });
});

describe.each(['EMPTY_LIST', 'EMPTY_404'] as const)('an empty list, answered as %s', (answer) => {
  beforeEach(() => (sens.nothingListed = answer));

  it('means that a message was not accepted', async () => {
    expect(await provider.lookup(message(), { since: clock.now(), known: NONE }, never)).toBeNull();
  });

  it('means that a result is not available yet', async () => {
    expect(await provider.receipt('RSSA-unknown', never)).toEqual({ state: 'pending' });
  });

  it('means that the keys are right', async () => {
    expect(await provider.check(never)).toMatchObject([{ status: 'OK' }]);
    expect(sens.calls).toHaveLength(1);
  });
});

it('SensProvider names SENS_SERVICE_ID when a 404 gives the reason, and when a message is refused with 404', async () => {
  const unknown = providerWith({ serviceId: 'ncp:sms:kr:1:other' });
  expect(await unknown.check(never)).toMatchObject([
    { status: 'FAIL', message: expect.stringContaining('SENS_SERVICE_ID') as string },
  ]);
  sens.answerNext({ status: 404, body: null });
  expect((await failureOf(provider.send(message(), never))).message).toContain('SENS_SERVICE_ID');
});

describe('SensProvider: the receipt', () => {
  it('does not take the result of another message', async () => {
    const { providerMessageId } = await provider.send(message(), never);
    const other = { requestId: 'RSSA-other', status: 'COMPLETED', statusCode: '0' };
    sens.answerReads(() => ({ status: 202, body: { messages: [other] } }));
    expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'pending' });
  });

  it('is pending from READY until the message arrives', async () => {
    const { providerMessageId } = await provider.send(message(), never);
    expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'pending' });
    expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'delivered' });
  });

  it('reports a failure whose status is COMPLETED', async () => {
    sens.results.set(NUMBER, ['3001']);
    const { providerMessageId } = await provider.send(message(), never);
    await provider.receipt(providerMessageId, never);
    expect(await provider.receipt(providerMessageId, never)).toEqual({
      state: 'failed',
      failure: 'INVALID_RECIPIENT',
      retryable: false,
      providerCode: '3001',
    });
  });

  it('is pending for a message that is not listed yet', async () => {
    expect(await provider.receipt('RSSA-unknown', never)).toEqual({ state: 'pending' });
  });
});
