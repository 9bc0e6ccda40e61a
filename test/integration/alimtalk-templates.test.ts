import { type OutgoingMessage } from '../../src/channels/provider.types';
import { type SensAlimtalkProvider } from '../../src/channels/sens-alimtalk/sens-alimtalk.provider';
import { AlimtalkFixture } from '../support/alimtalk-fixture';
import { failureOf } from '../support/delivery-failure';
import { TEMPLATE_EN, TEMPLATE_KO } from '../support/fake-alimtalk';
import { outgoingMessage as message } from '../support/outgoing-message';
import { SilentServer } from '../support/silent-server';
import { until } from '../support/until';

const NUMBER = '01012345678';
const CODE_ONLY = '인증번호는 #{code}입니다.';

let fixture: AlimtalkFixture;
let provider: SensAlimtalkProvider;
const never = new AbortController().signal;

const send = (change: Partial<OutgoingMessage> = {}) => provider.send(message(change), never);
const sent = () => fixture.sens.alimtalk.messages;

/** Sends a message and asks for its result until there is one. */
async function receiptOf(change: Partial<OutgoingMessage> = {}) {
  const { providerMessageId } = await send(change);
  await provider.receipt(providerMessageId, never);
  return provider.receipt(providerMessageId, never);
}

/** The id of a message that differed from its template, whose receipt has the templates fetched again. */
async function mismatchedMessage(): Promise<string> {
  fixture.sens.alimtalk.results.set(NUMBER, ['3016']);
  const { providerMessageId } = await send();
  await provider.receipt(providerMessageId, never);
  return providerMessageId;
}

async function refetch(mismatched: string): Promise<void> {
  const before = fixture.fetches.length;
  await until(async () => {
    fixture.clock.advance(31);
    await provider.receipt(mismatched, never);
    return fixture.fetches.length > before ? true : null;
  });
}

beforeEach(async () => {
  fixture = await AlimtalkFixture.start();
  provider = fixture.provider();
});
afterEach(() => fixture.close());

describe('Alimtalk templates: a message that is passed to the next provider without a call', () => {
  it.each([
    ['a number outside Korea', { to: '+819012345678' }],
    ['less than a minute left', { leftMs: 59_999 }],
    ['a language without template', { locale: 'en' }],
    ['a language that is a name of an object', { locale: 'constructor' }],
  ])('has %s', async (_what, change) => {
    expect((await failureOf(send(change))).kind).toBe('skipped');
    expect(sent()).toHaveLength(0);
  });

  it('is sent with exactly a minute left', async () => {
    await send({ leftMs: 60_000 });
    expect(sent()[0]!.content).toContain('1분');
  });

  it.each([
    ['that is not approved', { templateInspectionStatus: 'REQUEST' }, CODE_ONLY, 'REQUEST'],
    ['without a known inspection', { templateInspectionStatus: '' }, CODE_ONLY, 'unknown'],
    ['that is not active', { templateStatus: 'READY' }, CODE_ONLY, 'READY'],
    ['without the code', {}, '#{brand}', '#{인증번호}'],
    ['with another variable', {}, '#{code} #{고객명}', 'other variables'],
    ['with a variable that is a name of an object', {}, '#{code} #{constructor}', 'other variables'],
    [
      'with a variable in a button',
      { buttons: [{ type: 'WL', name: '열기', linkMobile: 'https://a/#{code}' }] },
      CODE_ONLY,
      'button',
    ],
  ])('has a template %s', async (_what, change, content, reason) => {
    fixture.sens.alimtalk.approve(TEMPLATE_KO, content, change);
    const error = await failureOf(send());
    expect(error.kind).toBe('skipped');
    expect(error.message).toContain(reason);
    expect(sent()).toHaveLength(0);
  });

  it.each([
    ['an empty list', { status: 200, body: [] }],
    ['an empty 404', { status: 404, body: null }],
    ['another template', { status: 200, body: [{ templateCode: 'OTHER', content: CODE_ONLY }] }],
  ])('has a template that SENS does not know: %s', async (_what, answer) => {
    fixture.sens.alimtalk.readsAnswer = answer;
    expect((await failureOf(send())).kind).toBe('skipped');
  });

  it('rules out its language only', async () => {
    fixture.sens.alimtalk.approve(TEMPLATE_EN, 'no variable');
    provider = fixture.provider({ templateCodes: { ko: TEMPLATE_KO, en: TEMPLATE_EN } });
    expect((await failureOf(send({ locale: 'en' }))).kind).toBe('skipped');
    await send({ locale: 'ko' });
    expect(sent()).toHaveLength(1);
  });
});

describe('Alimtalk templates: while the templates could not be fetched', () => {
  it.each([
    ['SENS is down', { status: 503, body: {} }],
    ['the answer has a form that is not known', { status: 200, body: { result: 'ok' } }],
  ])('a message is passed to the next provider as a temporary error: %s', async (_what, answer) => {
    fixture.sens.alimtalk.readsAnswer = answer;
    expect((await failureOf(send())).kind).toBe('retryable');
  });

  it('a wrong key is an error of the account', async () => {
    provider = fixture.provider({ secretKey: 'ANOTHER' });
    const error = await failureOf(send());
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
    expect(error.message).toContain('SENS_SECRET_KEY');
  });

  it('a message gives up when its time is over', async () => {
    expect((await failureOf(provider.send(message(), AbortSignal.abort()))).kind).toBe('retryable');
    const silent = await SilentServer.start();
    provider = fixture.provider({ endpoint: `http://127.0.0.1:${silent.port}` });
    const soonOver = AbortSignal.timeout(20);
    expect((await failureOf(provider.send(message(), soonOver))).kind).toBe('retryable');
    await silent.close();
  });

  it('a template that was fetched before stays in use', async () => {
    const id = await mismatchedMessage();
    fixture.sens.alimtalk.readsAnswer = { status: 503, body: {} };
    await refetch(id);
    await until(() => (fixture.lines.length > 0 ? true : null));
    await send();
    expect(fixture.lines).toMatchObject([{ msg: 'the Alimtalk templates cannot be fetched' }]);
  });

  it('the next fetch is at once when the last one was half a minute ago, and it logs that SENS answers again', async () => {
    fixture.sens.alimtalk.readsAnswer = { status: 503, body: {} };
    await failureOf(send());
    await failureOf(send());
    expect(fixture.fetches).toHaveLength(1);
    fixture.sens.alimtalk.readsAnswer = null;
    fixture.clock.advance(30);
    await send();
    expect(fixture.fetches).toHaveLength(2);
    expect(fixture.lines.map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'the Alimtalk templates cannot be fetched'],
      [30, 'the Alimtalk templates can be fetched again'],
    ]);
  });
});

describe('Alimtalk templates: the start', () => {
  it('fetches the template of every language without being asked for a message', async () => {
    provider = fixture.provider({ templateCodes: { ko: TEMPLATE_KO, en: TEMPLATE_EN } });
    provider.start();
    await until(() => (fixture.fetches.length > 1 ? true : null));
    expect(
      fixture.fetches.map(({ target }) => new URL(target, fixture.sens.url).searchParams.get('templateCode')),
    ).toEqual(expect.arrayContaining([TEMPLATE_KO, TEMPLATE_EN]));
    expect(new URL(fixture.fetches[0]!.target, fixture.sens.url).searchParams.get('channelId')).toBe(
      '@injeung',
    );
  });

  it('lets a message wait for the fetch under way', async () => {
    provider.start();
    await send();
    expect(sent()).toHaveLength(1);
    expect(fixture.fetches).toHaveLength(1);
  });

  it('is followed by a fetch every ten minutes', async () => {
    jest.useFakeTimers({
      doNotFake: [
        'Date',
        'hrtime',
        'nextTick',
        'performance',
        'queueMicrotask',
        'setImmediate',
        'clearImmediate',
        'setInterval',
        'clearInterval',
      ],
    });
    try {
      provider.start();
      await send();
      jest.advanceTimersByTime(10 * 60_000 - 1);
      await send();
      expect(fixture.fetches).toHaveLength(1);
      jest.advanceTimersByTime(1);
      await until(() => (fixture.fetches.length > 1 ? true : null));
    } finally {
      jest.useRealTimers();
    }
  });

  it('ends with close, also while SENS does not answer', async () => {
    fixture.sens.alimtalk.readsAnswer = { status: 503, body: {} };
    provider.start();
    await provider.close();
    provider.start();
    expect(fixture.fetches.length).toBeLessThanOrEqual(1);
  });
});

describe('Alimtalk templates: a template that changes', () => {
  it('is a log line when it can no longer be used, and one when it can be used again', async () => {
    const id = await mismatchedMessage();
    for (const templateStatus of ['ACTIVE', 'STOP', 'STOP', 'ACTIVE', 'ACTIVE']) {
      fixture.sens.alimtalk.approve(TEMPLATE_KO, CODE_ONLY, { templateStatus });
      await refetch(id);
    }
    await until(() => (fixture.lines.length > 1 ? true : null));
    expect(
      fixture.lines.map(({ level, msg, template, reason }) => ({ level, msg, template, reason })),
    ).toEqual([
      {
        level: 40,
        msg: 'an Alimtalk template cannot be used, so the next provider sends its messages',
        template: TEMPLATE_KO,
        reason: 'is not active: its status is STOP',
      },
      { level: 30, msg: 'an Alimtalk template can be used again', template: TEMPLATE_KO, reason: undefined },
    ]);
  });

  it.each(['3016', '3027', '3015'])('is fetched again soon when Kakao reports the code %s', async (code) => {
    await send();
    fixture.sens.alimtalk.approve(TEMPLATE_KO, '새 인증번호: #{code}');
    fixture.sens.alimtalk.results.set(NUMBER, [code]);
    fixture.clock.advance(31);
    expect(await receiptOf()).toMatchObject({
      state: 'failed',
      failure: 'SENDER_REFUSED',
      providerCode: code,
    });
    await until(() => (fixture.fetches.length > 1 ? true : null));
    await until(async () => {
      await send();
      return sent().at(-1)!.content.startsWith('새') ? true : null;
    });
  });

  it('is fetched again soon when SENS refuses the request for this reason', async () => {
    await send();
    fixture.sens.alimtalk.requestResults.set(NUMBER, ['3016']);
    fixture.clock.advance(31);
    expect(await failureOf(send())).toMatchObject({
      kind: 'permanent',
      options: { failure: 'SENDER_REFUSED' },
    });
    await until(() => (fixture.fetches.length > 1 ? true : null));
  });

  it('is not fetched again at once for every mismatch', async () => {
    const id = await mismatchedMessage();
    for (let asked = 0; asked < 3; asked++) await provider.receipt(id, never);
    await send();
    expect(fixture.fetches).toHaveLength(1);
  });

  it('is not fetched again for another failure', async () => {
    await send();
    fixture.sens.alimtalk.results.set(NUMBER, ['3019']);
    fixture.clock.advance(31);
    await receiptOf();
    await send();
    expect(fixture.fetches).toHaveLength(1);
  });
});
