import { type OutgoingMessage } from '../../src/channels/provider.types';
import { type SensAlimtalkProvider } from '../../src/channels/sens-alimtalk/sens-alimtalk.provider';
import { AlimtalkFixture } from '../support/alimtalk-fixture';
import { failureOf } from '../support/delivery-failure';
import { NEVER, TEMPLATE_EN, TEMPLATE_KO } from '../support/fake-alimtalk';
import { ManualClock } from '../support/manual-clock';
import { outgoingMessage as message } from '../support/outgoing-message';

const NUMBER = '01012345678';
const CODE_ONLY = '인증번호는 #{code}입니다.';

let fixture: AlimtalkFixture;
let provider: SensAlimtalkProvider;
const never = new AbortController().signal;
/** No message is recorded for a delivery yet. */
const NONE = new Set<string>();

const send = (change: Partial<OutgoingMessage> = {}) => provider.send(message(change), never);
const sent = () => fixture.sens.alimtalk.messages;

/** Sends a message and asks for its result until there is one. */
async function receiptOf(change: Partial<OutgoingMessage> = {}) {
  const { providerMessageId } = await send(change);
  await provider.receipt(providerMessageId, never);
  return provider.receipt(providerMessageId, never);
}

beforeEach(async () => {
  fixture = await AlimtalkFixture.start();
  provider = fixture.provider();
});
afterEach(() => fixture.close());

describe('SensAlimtalkProvider: what the delivery layer reads', () => {
  it('reaches only some recipients, and must have a result within the wait', () => {
    const { reachesOnlySome, receiptDeadlineMs, channel, name } = fixture.provider({ waitMs: 7_000 });
    expect([name, channel, reachesOnlySome, receiptDeadlineMs]).toEqual([
      'sens-alimtalk',
      'SMS',
      true,
      7_000,
    ]);
  });
});

describe('SensAlimtalkProvider: sending', () => {
  it('fills in the code, the whole minutes that are left and the brand, and leaves the rest as approved', async () => {
    const accepted = await send({ leftMs: 299_999 });
    expect(sent()).toMatchObject([
      {
        plusFriendId: '@injeung',
        templateCode: TEMPLATE_KO,
        countryCode: '82',
        to: NUMBER,
        content: '[인증상점] 인증번호는 123456입니다.\n4분 안에 입력해 주세요.',
        buttons: [],
        useSmsFailover: false,
      },
    ]);
    expect(accepted).toEqual({ providerMessageId: sent()[0]!.messageId });
  });

  it.each([
    ['the English names', '#{brand}: #{code}, #{minutes}', '인증상점: 123456, 5'],
    ['both names, and one of them twice', '#{code} #{인증번호} #{code}', '123456 123456 123456'],
    ['only the code', CODE_ONLY, '인증번호는 123456입니다.'],
    ['line ends of another kind', '#{code}\r\n', '123456\r\n'],
  ])('fills in a template with %s', async (_what, content, expected) => {
    fixture.sens.alimtalk.approve(TEMPLATE_KO, content);
    await send();
    expect(sent()[0]!.content).toBe(expected);
  });

  it('does not fill in what a value contains', async () => {
    fixture.sens.alimtalk.approve(TEMPLATE_KO, '#{brand} #{code}');
    await fixture.provider({}, { brand: '$& #{code}' }).send(message(), never);
    expect(sent()[0]!.content).toBe('$& #{code} 123456');
  });

  it('sends the buttons in their order, as they are approved, without fields that only a template has', async () => {
    fixture.sens.alimtalk.approve(TEMPLATE_KO, CODE_ONLY, {
      buttons: [
        { order: 2, type: 'AC', name: '채널 추가', linkMobile: null },
        {
          order: 1,
          type: 'WL',
          name: '열기',
          linkMobile: 'https://m.example.com',
          linkPc: 'https://example.com',
        },
      ],
    });
    await send();
    expect(sent()[0]!.buttons).toEqual([
      { type: 'WL', name: '열기', linkMobile: 'https://m.example.com', linkPc: 'https://example.com' },
      { type: 'AC', name: '채널 추가' },
    ]);
  });

  it.each(['LIST', 'ALONE', 'IN_OBJECT'] as const)('reads a template that SENS returns %s', async (form) => {
    fixture.sens.alimtalk.templatesForm = form;
    await send();
    expect(sent()).toHaveLength(1);
  });

  it.each(['ko', 'ko-KR', 'KO'])('uses the Korean template for the language %s', async (locale) => {
    await send({ locale });
    expect(sent()[0]!.templateCode).toBe(TEMPLATE_KO);
  });

  it('uses the English template when there is one', async () => {
    fixture.sens.alimtalk.approve(TEMPLATE_EN, 'Code #{code}, valid for #{minutes} min');
    provider = fixture.provider({ templateCodes: { ko: TEMPLATE_KO, en: TEMPLATE_EN } });
    await send({ locale: 'en-US' });
    expect(sent()[0]).toMatchObject({ templateCode: TEMPLATE_EN, content: 'Code 123456, valid for 5 min' });
  });
});

describe('SensAlimtalkProvider: a request that is not accepted', () => {
  it.each([
    ['3019', 'permanent', 'INVALID_RECIPIENT'],
    ['3020', 'permanent', 'BLOCKED'],
    ['3005', 'permanent', 'SENDER_REFUSED'],
    ['1003', 'permanent', 'SENDER_REFUSED'],
    ['A400', 'permanent', 'SENDER_REFUSED'],
    ['3000', 'retryable', undefined],
  ])('with the code %s is %s (%s)', async (code, kind, failure) => {
    fixture.sens.alimtalk.requestResults.set(NUMBER, [code]);
    const { kind: found, options } = await failureOf(send());
    expect([found, options.failure, options.providerCode]).toEqual([kind, failure, code]);
  });

  it.each([
    [400, { status: 400, errorMessage: 'messages[0].to is invalid' }, 'permanent', 'INVALID_RECIPIENT'],
    [400, { status: 400, errorMessage: 'templateCode' }, 'permanent', 'SENDER_REFUSED'],
    [403, { error: { errorCode: '210', message: 'Permission Denied' } }, 'permanent', 'SENDER_REFUSED'],
    [429, {}, 'retryable', undefined],
    [500, {}, 'retryable', undefined],
    [504, null, 'unknown', undefined],
    [202, {}, 'unknown', undefined],
    [202, { messages: [{ requestStatusCode: 'A000' }] }, 'unknown', undefined],
    [202, { statusName: 'fail', messages: [{ messageId: 'x' }] }, 'unknown', undefined],
  ])('%i with %j is %s (%s)', async (status, body, kind, failure) => {
    fixture.sens.answerNext({ status, body });
    const error = await failureOf(send());
    expect([error.kind, error.options.failure]).toEqual([kind, failure]);
  });

  it('names the setting when SENS does not know the service', async () => {
    await send();
    fixture.sens.answerNext({ status: 404, body: { error: { errorCode: '300', message: 'Not Found' } } });
    expect((await failureOf(send())).message).toContain('SENS_ALIMTALK_SERVICE_ID');
  });
});

describe('SensAlimtalkProvider: an answer that is lost', () => {
  it.each(['before', 'after'] as const)('is found by the code when it broke %s', async (drop) => {
    const since = fixture.clock.now();
    fixture.sens.answerNext({ drop });
    expect((await failureOf(send())).kind).toBe('unknown');
    const found = await provider.lookup(message(), { since, known: NONE }, never);
    expect(found).toEqual(drop === 'after' ? { providerMessageId: sent()[0]!.messageId } : null);
  });

  it('is found although the list has no texts', async () => {
    fixture.sens.alimtalk.listsContent = false;
    await send({ code: '654321' });
    const accepted = await send();
    expect(await provider.lookup(message(), { since: fixture.clock.now(), known: NONE }, never)).toEqual(
      accepted,
    );
    expect(
      await provider.lookup(message({ code: '111111' }), { since: fixture.clock.now(), known: NONE }, never),
    ).toBeNull();
  });

  it.each([
    ['another code', { code: '654321' }],
    ['another number', { to: '+821099999999' }],
  ])('is not a message with %s', async (_what, change) => {
    await send(change);
    expect(await provider.lookup(message(), { since: fixture.clock.now(), known: NONE }, never)).toBeNull();
  });

  it('is not a message that is recorded, and not one that must be sent again', async () => {
    const { providerMessageId } = await send();
    const scope = { since: fixture.clock.now(), known: new Set([providerMessageId]) };
    expect(await provider.lookup(message(), scope, never)).toBeNull();
    fixture.sens.alimtalk.results.set(NUMBER, ['3006']);
    await receiptOf();
    expect(await provider.lookup(message(), scope, never)).toBeNull();
  });

  it('is the newest of several, also when our clock is ahead', async () => {
    await send();
    fixture.clock.advance(5);
    const second = await send();
    const since = fixture.clock.now() + 290_000;
    expect(await provider.lookup(message(), { since, known: NONE }, never)).toEqual(second);
  });
});

describe('SensAlimtalkProvider: the receipt', () => {
  it.each(['ALONE', 'LIST'] as const)('follows a message that SENS returns %s', async (form) => {
    fixture.sens.alimtalk.messageForm = form;
    const { providerMessageId } = await send();
    expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'pending' });
    expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'delivered' });
  });

  it('reports a recipient without KakaoTalk', async () => {
    fixture.sens.alimtalk.results.set(NUMBER, ['3019']);
    expect(await receiptOf()).toEqual({
      state: 'failed',
      failure: 'INVALID_RECIPIENT',
      retryable: false,
      providerCode: '3019',
    });
  });

  it('waits for a result that does not come, and for a message that is not listed', async () => {
    fixture.sens.alimtalk.results.set(NUMBER, [NEVER]);
    expect(await receiptOf()).toEqual({ state: 'pending' });
    expect(await provider.receipt('unknown', never)).toEqual({ state: 'pending' });
  });
});

describe('SensAlimtalkProvider: an answer about another message', () => {
  const other = { messageId: 'other', messageStatusCode: '0000', messageStatusName: 'success' };

  it.each([
    ['alone', other],
    ['in a list', { messages: [other] }],
  ])('%s is not the result of this one', async (_form, body) => {
    const { providerMessageId } = await send();
    fixture.sens.answerReads(() => ({ status: 200, body }));
    expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'pending' });
  });

  it('counts when it does not name its message', async () => {
    const { providerMessageId } = await send();
    fixture.sens.answerReads(() => ({
      status: 200,
      body: { messages: [{ ...other, messageId: undefined }] },
    }));
    expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'delivered' });
  });
});

describe('SensAlimtalkProvider: the check', () => {
  const found = () => provider.check(never);

  it('accepts keys, channel and template, and sends nothing', async () => {
    expect(await found()).toMatchObject([{ status: 'OK' }, { status: 'OK' }]);
    expect(fixture.sens.calls.every(({ method }) => method === 'GET')).toBe(true);
  });

  it.each([
    [[{ channelId: '@other', channelStatus: 'ACTIVE' }], 'FAIL', 'SENS_ALIMTALK_CHANNEL'],
    [[], 'FAIL', 'SENS_ALIMTALK_CHANNEL'],
    [[{ channelId: '@injeung', channelStatus: 'DELETED' }], 'FAIL', 'DELETED'],
    [[{ channelId: '@injeung', channelStatus: 'ACTIVE', isBlock: true }], 'FAIL', 'blocked'],
    [[{ channelId: '@injeung', channelStatus: 'ACTIVE', isDormant: true }], 'FAIL', 'dormant'],
    [{ channels: [{ channelId: '@injeung', channelStatus: 'ACTIVE' }] }, 'OK', '@injeung'],
    [[{ channelId: '@injeung' }], 'OK', '@injeung'],
    [{ total: 1 }, 'WARN', 'could not be read'],
  ])('finds with the channels %j: %s', async (channels, status, words) => {
    fixture.sens.alimtalk.channels = channels;
    expect((await found())[0]).toMatchObject({ status, message: expect.stringContaining(words) as string });
  });

  it('names each template that cannot be used, and why', async () => {
    provider = fixture.provider({ templateCodes: { ko: TEMPLATE_KO, en: TEMPLATE_EN } });
    fixture.sens.alimtalk.approve(TEMPLATE_KO, CODE_ONLY, { templateInspectionStatus: 'REJECT' });
    const message = (words: string) => expect.stringContaining(words) as string;
    expect(await found()).toMatchObject([
      { status: 'OK' },
      { status: 'FAIL', message: message(`${TEMPLATE_KO} (ko) is not approved`) },
      { status: 'FAIL', message: message(`${TEMPLATE_EN} (en) does not exist`) },
    ]);
  });

  it('only warns when the channels cannot be read and the templates can', async () => {
    fixture.sens.alimtalk.channels = null;
    expect(await found()).toMatchObject([{ status: 'WARN' }, { status: 'OK' }]);
  });

  it('reports wrong keys once', async () => {
    provider = fixture.provider({ secretKey: 'ANOTHER' });
    expect(await found()).toMatchObject([{ status: 'FAIL' }]);
  });

  it('names a clock that is off', async () => {
    provider = fixture.provider({}, { clock: new ManualClock(fixture.clock.now() - 3_600_000) });
    expect((await found())[0]!.message).toContain('clock is 3600 s behind');
  });
});
