import { type OutgoingMessage } from '../../src/channels/provider.types';
import { SolapiProvider, type SolapiProviderSettings } from '../../src/channels/solapi/solapi.provider';
import { failureOf } from '../support/delivery-failure';
import { FakeSolapi, NEVER, SOLAPI_ACCESS, SOLAPI_FROM } from '../support/fake-solapi';
import { ManualClock } from '../support/manual-clock';
import { outgoingMessage } from '../support/outgoing-message';

const TEXT = '인증번호는 [123456]입니다.';
const LONG = '가'.repeat(46);
const NUMBER = '01012345678';

let clock: ManualClock;
let solapi: FakeSolapi;
let provider: SolapiProvider;
const never = new AbortController().signal;
/** No message is recorded for a delivery yet. */
const NONE = new Set<string>();

const message = (change: Partial<OutgoingMessage> = {}) => outgoingMessage({ text: TEXT, ...change });

function providerWith(change: Partial<SolapiProviderSettings> = {}, at = clock): SolapiProvider {
  const settings = {
    endpoint: solapi.url,
    ...SOLAPI_ACCESS,
    from: SOLAPI_FROM,
    allowLms: false,
    lmsSubject: '',
    ...change,
  };
  return new SolapiProvider(settings, at);
}

beforeEach(async () => {
  clock = new ManualClock();
  solapi = await FakeSolapi.start(() => clock.now());
  provider = providerWith();
});
afterEach(async () => {
  await provider.close();
  await solapi.close();
});

describe('SolapiProvider: sending', () => {
  it('sends a Korean number in national digits with the id of the delivery, and returns the message id', async () => {
    const accepted = await provider.send(message({ deliveryId: 'd-1' }), never);
    expect(solapi.messages).toMatchObject([
      {
        type: 'SMS',
        country: '82',
        to: NUMBER,
        from: SOLAPI_FROM,
        text: TEXT,
        customFields: { deliveryId: 'd-1' },
      },
    ]);
    expect(JSON.parse(solapi.calls[0]!.body)).toMatchObject({
      allowDuplicates: false,
      showMessageList: true,
    });
    expect(accepted).toEqual({ providerMessageId: solapi.messages[0]!.messageId });
  });

  it('sends the country code of a foreign number separately', async () => {
    await provider.send(message({ to: '+819012345678' }), never);
    expect(solapi.messages[0]).toMatchObject({ country: '81', to: '9012345678' });
  });

  it('signs each call with another salt, so that two calls at the same moment are accepted', async () => {
    await Promise.all([provider.send(message(), never), provider.send(message(), never)]);
    expect(solapi.messages).toHaveLength(2);
  });

  it('keeps the path of an endpoint behind a proxy', async () => {
    const proxied = providerWith({ endpoint: `${solapi.url}/gateway/` });
    await failureOf(proxied.send(message(), never));
    expect(solapi.calls[0]!.target).toBe('/gateway/messages/v4/send-many/detail');
    await proxied.close();
  });

  it('refuses a text of more than 90 bytes when LMS is off', async () => {
    const error = await failureOf(provider.send(message({ text: LONG }), never));
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
    expect(solapi.calls).toHaveLength(0);
  });

  it.each([
    ['the brand', '상점', 'ko', '상점'],
    ['a Korean word when the brand does not fit', '가'.repeat(21), 'ko-KR', '인증번호'],
    ['English words when there is no brand', '', 'en', 'Verification code'],
  ])('sends a longer text as LMS with %s as its subject', async (_what, lmsSubject, locale, subject) => {
    const long = providerWith({ allowLms: true, lmsSubject });
    await long.send(message({ text: LONG, locale }), never);
    expect(solapi.messages[0]).toMatchObject({ type: 'LMS', subject, text: LONG });
    await long.close();
  });
});

describe('SolapiProvider: a message that is not registered', () => {
  it.each([
    ['1062', 'permanent', 'SENDER_REFUSED'],
    ['1030', 'permanent', 'SENDER_REFUSED'],
    ['1029', 'permanent', 'SENDER_REFUSED'],
    ['1060', 'permanent', 'BLOCKED'],
    ['1061', 'permanent', 'BLOCKED'],
    ['3010', 'permanent', 'INVALID_RECIPIENT'],
    ['1024', 'retryable', undefined],
    ['3045', 'permanent', 'SENDER_REFUSED'],
  ])('with the code %s is %s (%s)', async (code, kind, failure) => {
    solapi.registrations.set(NUMBER, [code]);
    const error = await failureOf(provider.send(message(), never));
    expect(error.kind).toBe(kind);
    expect(error.options).toMatchObject({ providerCode: code, ...(failure ? { failure } : {}) });
  });

  it('is refused when an entry in the list of failures has no code', async () => {
    solapi.answerNext({ status: 200, body: { failedMessageList: [{ to: NUMBER, statusMessage: NUMBER }] } });
    const error = await failureOf(provider.send(message(), never));
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
  });

  it.each([{}, { groupInfo: { count: { registeredSuccess: 1 } } }, [], null, { messageList: [] }])(
    'has an unknown outcome when the answer is %j',
    async (body) => {
      solapi.answerNext({ status: 200, body });
      expect((await failureOf(provider.send(message(), never))).kind).toBe('unknown');
    },
  );

  it('is accepted when the answer lists messages by id', async () => {
    solapi.answerNext({
      status: 200,
      body: { messageList: { M4V: { messageId: 'M4V', statusCode: '2000' } } },
    });
    expect(await provider.send(message(), never)).toEqual({ providerMessageId: 'M4V' });
  });
});

describe('SolapiProvider: a call that is refused', () => {
  it.each([
    [
      400,
      { errorCode: 'ValidationError', errorMessage: '수신번호 형식이 올바르지 않습니다.' },
      'permanent',
      'INVALID_RECIPIENT',
    ],
    [
      400,
      { errorCode: 'ValidationError', errorMessage: '"to" is required' },
      'permanent',
      'INVALID_RECIPIENT',
    ],
    [
      400,
      { errorCode: 'ValidationError', errorMessage: '발신번호가 올바르지 않습니다.' },
      'permanent',
      'SENDER_REFUSED',
    ],
    [
      400,
      { errorCode: 'NotEnoughBalance', errorMessage: '잔액이 부족합니다.' },
      'permanent',
      'SENDER_REFUSED',
    ],
    [402, {}, 'permanent', 'SENDER_REFUSED'],
    [404, { errorCode: 'ResourceNotFound' }, 'permanent', 'SENDER_REFUSED'],
    [413, {}, 'permanent', 'SENDER_REFUSED'],
    [403, { errorCode: 'DuplicatedSignature' }, 'retryable', undefined],
    [429, { errorCode: 'TooManyRequests' }, 'retryable', undefined],
    [500, {}, 'unknown', undefined],
    [502, null, 'unknown', undefined],
    [503, {}, 'retryable', undefined],
    [504, null, 'unknown', undefined],
  ])('%i with %j is %s (%s)', async (status, body, kind, failure) => {
    solapi.answerNext({ status, body });
    const error = await failureOf(provider.send(message(), never));
    expect([error.kind, error.options.failure]).toEqual([kind, failure]);
  });

  it('says that the balance is used up', async () => {
    solapi.answerNext({ status: 402, body: { errorCode: 'NotEnoughBalance' } });
    expect((await failureOf(provider.send(message(), never))).message).toContain('balance');
  });

  it('pauses for as long as Retry-After says', async () => {
    solapi.answerNext({ status: 429, headers: { 'retry-after': '7' } });
    expect((await failureOf(provider.send(message(), never))).options.retryAfterMs).toBe(7_000);
  });

  it.each([
    [{ apiKey: 'ANOTHERKEY' }, 'SOLAPI_API_KEY', 'InvalidAPIKey'],
    [{ apiSecret: 'ANOTHERSECRET' }, 'SOLAPI_API_SECRET', 'SignatureDoesNotMatch'],
  ])('names the wrong key: %j', async (change, setting, code) => {
    const wrong = providerWith(change);
    const error = await failureOf(wrong.send(message(), never));
    expect(error).toMatchObject({
      kind: 'permanent',
      options: { failure: 'SENDER_REFUSED', providerCode: code },
    });
    expect(error.message).toContain(setting);
    await wrong.close();
  });

  it.each([
    [-3600, 'clock is 3600 s behind'],
    [3600, 'clock is 3600 s ahead'],
  ])('names a clock that is %i s off', async (offSeconds, hint) => {
    const ours = new ManualClock(clock.now() + offSeconds * 1000);
    const late = providerWith({}, ours);
    expect((await failureOf(late.send(message(), never))).message).toContain(hint);
    await late.close();
  });

  it('names the clock when the answer has no date', async () => {
    const headers = { date: '' };
    solapi.answerNext({ status: 403, body: { errorCode: 'RequestTimeTooSkewed' }, headers });
    expect((await failureOf(provider.send(message(), never))).message).toContain('clock');
  });

  it('names permissions and addresses when the key is refused for another reason', async () => {
    solapi.answerNext({ status: 403, body: { errorCode: 'Forbidden' }, headers: { date: '' } });
    expect((await failureOf(provider.send(message(), never))).message).toContain('permissions');
  });

  it('keeps neither the number nor the text that an error quotes', async () => {
    const echo = `${NUMBER} ${TEXT}`;
    for (const status of [400, 403, 429, 500]) {
      solapi.answerNext({ status, body: { errorCode: echo, errorMessage: echo } });
      expect((await failureOf(provider.send(message(), never))).options.providerCode).toBe(String(status));
    }
  });
});

describe('SolapiProvider: an answer that is lost', () => {
  it.each(['before', 'after'] as const)(
    'is found by the id of the delivery when it broke %s',
    async (drop) => {
      const since = clock.now();
      solapi.answerNext({ drop });
      expect((await failureOf(provider.send(message(), never))).kind).toBe('unknown');
      const found = await provider.lookup(message(), { since, known: NONE }, never);
      expect(found).toEqual(drop === 'after' ? { providerMessageId: 'M4V1' } : null);
    },
  );

  it.each(['BY_ID', 'ARRAY'] as const)('is found in a list %s', async (form) => {
    solapi.listForm = form;
    const accepted = await provider.send(message(), never);
    expect(await provider.lookup(message(), { since: clock.now(), known: NONE }, never)).toEqual(accepted);
  });

  it('is not taken for the message of another delivery with the same text', async () => {
    await provider.send(message({ deliveryId: 'another' }), never);
    expect(await provider.lookup(message(), { since: clock.now(), known: NONE }, never)).toBeNull();
  });

  it('is not taken for an earlier send of the same delivery that is recorded', async () => {
    const { providerMessageId } = await provider.send(message(), never);
    const known = new Set([providerMessageId]);
    expect(await provider.lookup(message(), { since: clock.now(), known }, never)).toBeNull();
  });

  it('is not found when the message failed for a temporary reason, because it must be sent again', async () => {
    solapi.registrations.set(NUMBER, ['1024']);
    await failureOf(provider.send(message(), never));
    expect(await provider.lookup(message(), { since: clock.now(), known: NONE }, never)).toBeNull();
  });

  it('is the newest of several', async () => {
    const since = clock.now();
    await provider.send(message(), never);
    clock.advance(5);
    const second = await provider.send(message(), never);
    expect(await provider.lookup(message(), { since, known: NONE }, never)).toEqual(second);
  });

  it.each([-840_000, 840_000])('is found although our clock is %d ms off', async (offMs) => {
    const since = clock.now() + offMs;
    const accepted = await provider.send(message(), never);
    expect(await provider.lookup(message(), { since, known: NONE }, never)).toEqual(accepted);
  });
});

describe('SolapiProvider: the receipt', () => {
  it('follows a message from the carrier to its arrival', async () => {
    const { providerMessageId } = await provider.send(message(), never);
    expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'pending' });
    expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'delivered' });
  });

  it.each(['BY_ID', 'ARRAY'] as const)('reads a failure from a list %s', async (form) => {
    solapi.listForm = form;
    solapi.results.set(NUMBER, ['3032']);
    const { providerMessageId } = await provider.send(message(), never);
    await provider.receipt(providerMessageId, never);
    expect(await provider.receipt(providerMessageId, never)).toEqual({
      state: 'failed',
      failure: 'INVALID_RECIPIENT',
      retryable: false,
      providerCode: '3032',
    });
  });

  it('waits for a result that does not come, and for a message that is not listed', async () => {
    solapi.results.set(NUMBER, [NEVER]);
    const { providerMessageId } = await provider.send(message(), never);
    for (let asked = 0; asked < 3; asked++)
      expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'pending' });
    expect(await provider.receipt('M4V-unknown', never)).toEqual({ state: 'pending' });
  });

  it('reads a list whose messages have their id only as key', async () => {
    const body = { messageList: { M4VX: { statusCode: '4000' } } };
    solapi.readAnswers.set('/messages/v4/list', { status: 200, body });
    expect(await provider.receipt('M4VX', never)).toEqual({ state: 'delivered' });
  });
});

describe('SolapiProvider: the check', () => {
  const found = () => provider.check(never);

  it('accepts keys, balance and sender number, and sends nothing', async () => {
    expect(await found()).toMatchObject([{ status: 'OK' }, { status: 'OK' }]);
    expect(solapi.calls.every(({ method }) => method === 'GET')).toBe(true);
  });

  it.each([
    [{ balance: 9_000, point: 0 }, 'WARN'],
    [{ balance: 0, point: 20_000 }, 'OK'],
    [{ balance: 0, point: 0 }, 'FAIL'],
    [{ balance: 15_000, point: 0, lowBalanceAlert: { enabled: true, notificationBalance: '20000' } }, 'WARN'],
    [{ balance: 15_000, point: 0, lowBalanceAlert: { enabled: false, notificationBalance: '20000' } }, 'OK'],
    [{ cash: 1 }, 'WARN'],
    [[], 'WARN'],
  ])('finds with the balance %j: %s', async (balance, status) => {
    solapi.balance = balance;
    expect((await found())[0]).toMatchObject({ status });
  });

  it.each([
    [[SOLAPI_FROM], 'OK'],
    [['02-1234-5678'], 'OK'],
    [[{ phoneNumber: SOLAPI_FROM, status: 'ACTIVE' }], 'OK'],
    [{ senderIds: [{ phoneNumber: SOLAPI_FROM }] }, 'OK'],
    [[{ phoneNumber: SOLAPI_FROM, status: 'PENDING' }], 'FAIL'],
    [['0299999999'], 'FAIL'],
    [[], 'FAIL'],
    [{ count: 1 }, 'WARN'],
    [[{ name: 'x' }], 'WARN'],
  ])('finds with the senders %j: %s', async (senders, status) => {
    solapi.senders = senders;
    expect((await found())[1]).toMatchObject({ status });
  });

  it('only warns when the key may not read the sender numbers', async () => {
    solapi.readAnswers.set('/senderid/v1/numbers/active', { status: 403, body: { errorCode: 'Forbidden' } });
    expect(await found()).toMatchObject([{ status: 'OK' }, { status: 'WARN' }]);
  });

  it('reports a wrong key once', async () => {
    provider = providerWith({ apiSecret: 'ANOTHERSECRET' });
    const message = expect.stringContaining('SOLAPI_API_SECRET') as string;
    expect(await found()).toMatchObject([{ status: 'FAIL', message }]);
  });
});
