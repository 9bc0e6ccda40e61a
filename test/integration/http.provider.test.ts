import { type AddressInfo, createServer } from 'node:net';
import { HttpProvider } from '../../src/channels/http/http.provider';
import { type HttpSettings } from '../../src/channels/http/http-settings';
import { type DeliveryError, type OutgoingMessage } from '../../src/channels/provider.types';
import { type Channel } from '../../src/recipients/channel';
import { failureOf as deliveryFailureOf } from '../support/delivery-failure';
import { FakeGateway, GATEWAY_SECRET } from '../support/fake-gateway';
import { ManualClock } from '../support/manual-clock';
import { outgoingMessage } from '../support/outgoing-message';

const OTHER_SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const never = new AbortController().signal;

let clock: ManualClock;
let gateway: FakeGateway;
let provider: HttpProvider;
const providers: HttpProvider[] = [];

function providerWith(change: Partial<HttpSettings> = {}, channel: Channel = 'SMS'): HttpProvider {
  const { HTTP_PROVIDER_URL: url = '' } = gateway.environment;
  const settings = { url, secrets: [GATEWAY_SECRET], brandName: '바다', ...change };
  const created = new HttpProvider(channel, settings, clock);
  providers.push(created);
  return created;
}

const message = (change: Partial<OutgoingMessage> = {}) =>
  outgoingMessage({ expiresAt: Date.parse('2026-01-15T03:05:00Z'), ...change });

/** The error of a call, which must not contain the settings either. */
async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const error = await deliveryFailureOf(work);
  expect(JSON.stringify([error.message, error.options, error.stack])).not.toMatch(/whsec_|tenant/);
  return error;
}

beforeEach(async () => {
  clock = new ManualClock();
  gateway = await FakeGateway.start(() => clock.now());
  provider = providerWith();
});
afterEach(async () => {
  for (const created of providers.splice(0)) await created.close();
  await gateway.close();
});

describe('HttpProvider: the call', () => {
  it('contains an SMS as it was composed, and the id of the gateway is the id of the message', async () => {
    expect(await provider.send(message(), never)).toEqual({ providerMessageId: 'gateway-1' });
    const [call] = gateway.calls;
    expect(call).toMatchObject({ method: 'POST', target: '/messages?tenant=a%20b' });
    expect(call!.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'webhook-id': 'delivery',
      'webhook-timestamp': String(clock.now() / 1000),
    });
    expect(JSON.parse(call!.body)).toEqual({
      type: 'message.send',
      timestamp: '2026-01-15T03:00:00.000Z',
      data: {
        deliveryId: 'delivery',
        verificationId: 'verification',
        channel: 'SMS',
        to: '+821012345678',
        locale: 'ko',
        purpose: 'sign-up',
        code: '123456',
        expiresAt: '2026-01-15T03:05:00.000Z',
        brand: '바다',
        subject: null,
        text: '인증번호는 [123456]입니다.',
        html: null,
      },
    });
  });

  it('contains subject and HTML of an e-mail', async () => {
    const mail = { to: 'user@example.com', subject: '[바다] 인증번호', html: '<b>123456</b>' };
    await providerWith({}, 'EMAIL').send(message(mail), never);
    expect(gateway.messages).toEqual([expect.objectContaining({ channel: 'EMAIL', ...mail })]);
  });

  it('is the same message for the gateway when it is sent again, and is signed anew', async () => {
    await provider.send(message(), never);
    clock.advance(400);
    expect(await provider.send(message(), never)).toEqual({ providerMessageId: 'gateway-1' });
    expect(gateway.messages).toHaveLength(1);
    expect(gateway.calls).toHaveLength(2);
  });

  it('is accepted by a gateway that knows only one of two secrets', async () => {
    for (const secrets of [
      [OTHER_SECRET, GATEWAY_SECRET],
      [GATEWAY_SECRET, OTHER_SECRET],
    ])
      await providerWith({ secrets }).send(message(), never);
    expect(gateway.messages).toHaveLength(1);
  });
});

describe('HttpProvider: the answer', () => {
  it.each([
    [200, { id: 'gw-7' }, 'gw-7'],
    [202, { id: 'gw-7', more: true }, 'gw-7'],
    [200, { id: 7 }, '7'],
  ])('%d with %j is an acceptance', async (status, body, providerMessageId) => {
    gateway.answerNext({ status, body });
    expect(await provider.send(message(), never)).toEqual({ providerMessageId });
  });

  it.each([
    [200, 'no id', '{}'],
    [200, 'the id null', '{"id":null}'],
    [200, 'an empty id', '{"id":""}'],
    [200, 'an object as id', '{"id":{"id":"1"}}'],
    [200, 'null', 'null'],
    [200, 'a text', '"gw-7"'],
    [200, 'half a body', '{"id":"gw-'],
    [200, 'no body', ''],
    [202, 'HTML', '<html>accepted 123456</html>'],
    [200, 'more than 64 KiB', `{"id":"gw-7","more":"${'x'.repeat(64 * 1024)}"}`],
    [500, 'an id', '{"id":"gw-7"}'],
    [502, 'a text', 'Bad Gateway'],
    [504, 'no body', ''],
  ])('%d with %s leaves the outcome unknown', async (status, _what, text) => {
    gateway.answerNext({ status, text });
    expect((await failureOf(provider.send(message(), never))).kind).toBe('unknown');
  });

  it('is read up to almost 64 KiB', async () => {
    const more = 'x'.repeat(64 * 1024 - 30);
    gateway.answerNext({ status: 200, body: { id: 'gw-7', more } });
    expect(await provider.send(message(), never)).toEqual({ providerMessageId: 'gw-7' });
  });

  it.each([
    [400, { error: 'INVALID_RECIPIENT' }, 'INVALID_RECIPIENT'],
    [422, { error: 'INVALID_RECIPIENT' }, 'INVALID_RECIPIENT'],
    [400, { error: 'BLOCKED' }, 'BLOCKED'],
    [422, { error: 'BLOCKED', more: '+821012345678' }, 'BLOCKED'],
    [400, { error: 'SENDER_REFUSED' }, 'SENDER_REFUSED'],
    [422, { error: 'SENDER_REFUSED' }, 'SENDER_REFUSED'],
    [400, {}, 'SENDER_REFUSED'],
    [422, { error: 'UNREACHABLE' }, 'SENDER_REFUSED'],
    [400, { error: 'bad number +821012345678' }, 'SENDER_REFUSED'],
    [400, { error: { code: 'BLOCKED' } }, 'SENDER_REFUSED'],
    [422, null, 'SENDER_REFUSED'],
  ] as [number, object | null, string][])('%d with %j is permanent: %s', async (status, body, failure) => {
    gateway.answerNext({ status, body });
    expect(await failureOf(provider.send(message(), never))).toMatchObject({
      kind: 'permanent',
      options: { failure, providerCode: String(status) },
    });
  });

  it.each([401, 403, 404, 201, 203, 204, 206, 405, 409, 410, 413, 418, 451, 501, 505, 599])(
    '%d is permanent: SENDER_REFUSED, whatever its body contains',
    async (status) => {
      gateway.answerNext({ status, body: { id: 'gw-7', error: 'BLOCKED' } });
      expect(await failureOf(provider.send(message(), never))).toMatchObject({
        kind: 'permanent',
        options: { failure: 'SENDER_REFUSED', providerCode: String(status) },
      });
    },
  );

  it.each([300, 301, 302, 303, 304, 307, 308])('%d is a redirect, which is not followed', async (status) => {
    gateway.answerNext({ status, headers: { location: `${gateway.url}/messages?tenant=a%20b` } });
    const error = await failureOf(provider.send(message(), never));
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
    expect(error.message).toContain('redirect');
    expect(gateway.calls).toHaveLength(1);
  });

  it.each([
    [408, undefined, undefined],
    [429, '7', 7_000],
    [503, '0', undefined],
    [503, 'soon', undefined],
    [429, '99999999999999999999', 86_400_000],
    [503, 'Thu, 15 Jan 2026 03:00:30 GMT', 30_000],
    [429, 'Thu, 15 Jan 2026 02:00:00 GMT', undefined],
  ])('%d with Retry-After %s is retryable, after %s ms', async (status, retryAfter, retryAfterMs) => {
    const date = new Date(clock.now()).toUTCString();
    gateway.answerNext({ status, headers: { date, ...(retryAfter && { 'retry-after': retryAfter }) } });
    const error = await failureOf(provider.send(message(), never));
    expect(error).toMatchObject({ kind: 'retryable', options: { providerCode: String(status) } });
    expect(error.options.retryAfterMs).toBe(retryAfterMs);
  });

  it('is a refusal of the signature when the secret is different or the clock is wrong', async () => {
    const wrong = await failureOf(providerWith({ secrets: [OTHER_SECRET] }).send(message(), never));
    expect(wrong).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
    expect(wrong.message).toContain('HTTP_PROVIDER_SECRET');
    const late = new HttpProvider(
      'SMS',
      { url: `${gateway.url}/messages?tenant=a%20b`, secrets: [GATEWAY_SECRET], brandName: '' },
      new ManualClock(clock.now() - 301_000),
    );
    providers.push(late);
    expect((await failureOf(late.send(message(), never))).options.providerCode).toBe('401');
    expect(gateway.messages).toEqual([]);
  });
});

describe('HttpProvider: a call without an answer', () => {
  it('is retryable when no server listens, because nothing was sent', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const error = await failureOf(providerWith({ url: `http://127.0.0.1:${port}` }).send(message(), never));
    expect(error).toMatchObject({ kind: 'retryable', options: { providerCode: 'ECONNREFUSED' } });
  });

  it.each(['before', 'after'] as const)(
    'leaves the outcome unknown when it is cut %s the gateway accepts, and the gateway accepts it once',
    async (drop) => {
      gateway.answerNext({ drop });
      expect((await failureOf(provider.send(message(), never))).kind).toBe('unknown');
      expect(await provider.send(message(), never)).toEqual({ providerMessageId: 'gateway-1' });
      expect(gateway.messages).toHaveLength(1);
    },
  );

  it('leaves the outcome unknown when it takes too long', async () => {
    gateway.answerNext({ delayMs: 1_000, drop: 'before' });
    const caller = new AbortController();
    const sending = failureOf(provider.send(message(), caller.signal));
    await gateway.waitForCalls(1, /^POST/);
    caller.abort();
    expect((await sending).kind).toBe('unknown');
  });
});

describe('HttpProvider: the check', () => {
  it('posts a signed ping without a message', async () => {
    expect(await provider.check(never)).toMatchObject([{ status: 'OK', advice: null }]);
    const [call] = gateway.calls;
    expect(JSON.parse(call!.body)).toEqual({
      type: 'ping',
      timestamp: '2026-01-15T03:00:00.000Z',
      data: {},
    });
    expect(call!.headers['webhook-id']).toMatch(/^ping_[\w-]{36}$/);
    expect(gateway.messages).toEqual([]);
  });

  it.each([
    [200, 'OK', /answers ping/],
    [401, 'FAIL', /refuses the signature \(401\)/],
    [403, 'FAIL', /refuses the signature \(403\)/],
    [302, 'FAIL', /redirect/],
    [400, 'WARN', /does not know ping \(400\)/],
    [404, 'WARN', /does not know ping \(404\)/],
    [405, 'WARN', /does not know ping \(405\)/],
    [422, 'WARN', /does not know ping \(422\)/],
    [501, 'WARN', /does not know ping \(501\)/],
    [500, 'FAIL', /cannot process calls now \(500\)/],
    [503, 'FAIL', /cannot process calls now \(503\)/],
  ])('reports the answer %d as %s', async (status, finding, reason) => {
    gateway.pingStatus = status;
    const [found, ...more] = await provider.check(never);
    expect(found).toMatchObject({ status: finding, message: expect.stringMatching(reason) as string });
    expect(found!.advice === null).toBe(finding === 'OK');
    expect(more).toEqual([]);
  });

  it('reports a wrong secret, and a gateway that does not run', async () => {
    expect(await providerWith({ secrets: [OTHER_SECRET] }).check(never)).toMatchObject([
      { status: 'FAIL', message: 'the gateway refuses the signature (401)' },
    ]);
    await gateway.close();
    expect(await provider.check(never)).toMatchObject([
      { status: 'FAIL', message: 'the gateway did not answer (ECONNREFUSED)' },
    ]);
    gateway = await FakeGateway.start();
  });
});
