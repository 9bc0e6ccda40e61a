import { createDatabase, DIALECTS } from '../support/databases';
import { FakeGateway, GATEWAY_SECRET, type GatewayReceipt } from '../support/fake-gateway';
import { TcpProxy } from '../support/tcp-proxy';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const EMAIL = 'user@example.com';
const NUMBER = '+821012345678';
const BOTH = { EMAIL_PROVIDER: 'http', SMS_PROVIDER: 'http' };
const OTHER_SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const onPostgres = DIALECTS.includes('postgres') ? describe : describe.skip;

/** How many receipts had this effect. */
async function counted(app: TestApp, status: string, result: string): Promise<number> {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  const series = `injeung_http_receipts_total{status="${status}",result="${result}"} `;
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(series))!
      .slice(series.length),
  );
}

/** The delivery's status, with its failure where it has one. */
async function stateOf(app: TestApp, id: string): Promise<string> {
  const { status, failure } = (await app.verification(id)).delivery;
  return failure === null ? status : `${status} ${failure}`;
}

describe.each(DIALECTS)('a gateway of the provider http, on %s', (dialect) => {
  let gateway: FakeGateway;
  let app: TestApp;

  beforeAll(async () => {
    gateway = await FakeGateway.start();
    app = await TestApp.start(dialect, { ...BOTH, ...gateway.environment, BRAND_NAME: '바다' });
  });
  beforeEach(() => void (gateway.messages.length = 0));
  afterAll(async () => {
    await app.close();
    await gateway.close();
  });

  /** A verification whose message the gateway has accepted. */
  async function sent(target = app): Promise<{ id: string; deliveryId: string; code: string }> {
    const { id } = (await target.requestSms(NUMBER)).data.requestSmsCode;
    await target.delivered(id, 'SENT');
    const { deliveryId, code } = gateway.messages.find(({ verificationId }) => verificationId === id)!;
    return { id, deliveryId, code };
  }
  const report = async (receipt: GatewayReceipt) => (await gateway.report(app.url, receipt)).status;

  it.each(['EMAIL', 'SMS'])(
    'receives an %s whose code verifies, and reports its arrival',
    async (channel) => {
      const input = { locale: 'ko', purpose: 'login' };
      const { id, expiresAt } =
        channel === 'EMAIL'
          ? (await app.requestEmail(EMAIL, input)).data.requestEmailCode
          : (await app.requestSms(NUMBER, input)).data.requestSmsCode;
      await app.delivered(id, 'SENT');
      const [message, ...more] = gateway.messages;
      expect(more).toEqual([]);
      const to = channel === 'EMAIL' ? EMAIL : NUMBER;
      expect(message).toMatchObject({ verificationId: id, channel, to, ...input, expiresAt, brand: '바다' });
      expect(message!.text).toContain(message!.code);
      if (channel === 'EMAIL') {
        expect(message!.subject).toContain('[바다]');
        expect(message!.html).toContain(message!.code);
      }
      expect(await report({ deliveryId: message!.deliveryId, status: 'DELIVERED' })).toBe(204);
      expect(await stateOf(app, id)).toBe('DELIVERED');
      expect((await app.verify(id, message!.code)).data.verifyCode.verified).toBe(true);
    },
  );

  it('accepts a message once when its answers are lost', async () => {
    gateway.answerNext({ drop: 'after' }, { status: 500 });
    const { id } = await sent();
    expect(gateway.messages.map(({ verificationId }) => verificationId)).toEqual([id]);
  });

  it.each(['INVALID_RECIPIENT', 'BLOCKED', 'SENDER_REFUSED'])(
    'ends the delivery by the receipt FAILED with %s',
    async (failure) => {
      const { id, deliveryId } = await sent();
      const before = await counted(app, 'FAILED', 'recorded');
      expect(await report({ deliveryId, status: 'FAILED', failure })).toBe(204);
      expect(await stateOf(app, id)).toBe(`FAILED ${failure}`);
      expect(await counted(app, 'FAILED', 'recorded')).toBe(before + 1);
    },
  );

  it.each(['UNREACHABLE', null, undefined])(
    'ends the delivery as UNREACHABLE by the receipt FAILED with the failure %s, and is not called again',
    async (failure) => {
      const { id, deliveryId } = await sent();
      const messages = gateway.messages.length;
      expect(await report({ deliveryId, status: 'FAILED', failure })).toBe(204);
      expect(await stateOf(app, id)).toBe('FAILED UNREACHABLE');
      expect(await report({ deliveryId, status: 'DELIVERED' })).toBe(204);
      expect(await stateOf(app, id)).toBe('DELIVERED');
      expect(gateway.messages).toHaveLength(messages);
    },
  );

  it('changes nothing when it reports twice', async () => {
    const { id, deliveryId } = await sent();
    const before = await counted(app, 'DELIVERED', 'unchanged');
    for (let time = 0; time < 3; time++) expect(await report({ deliveryId, status: 'DELIVERED' })).toBe(204);
    expect(await stateOf(app, id)).toBe('DELIVERED');
    expect(await counted(app, 'DELIVERED', 'unchanged')).toBe(before + 2);
  });

  it.each([
    ['', 'unknown'],
    [' of many characters', 'x'.repeat(5_000)],
    [' with NUL', 'id\u0000'],
    [' with half a surrogate pair', '\ud800'],
    [' with Hangul', '한글'],
    [' with SQL', "' OR true --"],
  ])('is answered with 204 for an unknown id%s', async (_what, deliveryId) => {
    const before = await counted(app, 'DELIVERED', 'unmatched');
    expect(await report({ deliveryId, status: 'DELIVERED' })).toBe(204);
    expect(await counted(app, 'DELIVERED', 'unmatched')).toBe(before + 1);
  });

  it('may report before it has answered the call', async () => {
    const { id } = await acceptSlowly(300);
    const [call] = await gateway.waitForCalls(1, /^POST/);
    const { deliveryId } = JSON.parse(call!.body).data;
    expect(await report({ deliveryId, status: 'DELIVERED' })).toBe(204);
    expect(await stateOf(app, id)).toBe('DELIVERED');
  });

  it('is asked to report again while its acceptance is not recorded', async () => {
    await acceptSlowly(4_000);
    const [call] = await gateway.waitForCalls(1, /^POST/);
    const { deliveryId } = JSON.parse(call!.body).data;
    const before = await counted(app, 'DELIVERED', 'early');
    const answer = await gateway.report(app.url, { deliveryId, status: 'DELIVERED' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await counted(app, 'DELIVERED', 'early')).toBe(before + 1);
    const recorded = await until(async () =>
      (await report({ deliveryId, status: 'DELIVERED' })) === 204 ? true : null,
    );
    expect(recorded).toBe(true);
  });

  /** Requests a code whose call the gateway answers after so many milliseconds. */
  async function acceptSlowly(delayMs: number): Promise<{ id: string }> {
    gateway.calls.length = 0;
    gateway.answerNext({ delayMs });
    return (await app.requestSms(NUMBER)).data.requestSmsCode;
  }

  it('reports nothing about a message of another provider', async () => {
    const other = await TestApp.start(dialect, { SMS_PROVIDER: 'inbox', ...gateway.environment });
    const { id } = (await other.requestSms(NUMBER)).data.requestSmsCode;
    await other.delivered(id);
    const { id: deliveryId } = (await other.inbox())[0]!;
    const receipt = { deliveryId, status: 'FAILED', failure: 'BLOCKED' };
    expect((await gateway.report(other.url, receipt)).status).toBe(204);
    expect(await stateOf(other, id)).toBe('DELIVERED');
    expect(await counted(other, 'FAILED', 'unmatched')).toBe(1);
    await other.close();
  });

  it.each(['UNREACHABLE', 'SENDER_REFUSED'])(
    'is followed by the next provider with the same code after the receipt %s',
    async (failure) => {
      const both = await TestApp.start(dialect, { SMS_PROVIDER: 'http,inbox', ...gateway.environment });
      const { id, deliveryId, code } = await sent(both);
      await gateway.report(both.url, { deliveryId, status: 'FAILED', failure });
      await both.delivered(id);
      expect(await both.codeFor(NUMBER)).toBe(code);
      expect(gateway.messages).toHaveLength(1);
      await both.close();
    },
  );
});

describe('POST /webhooks/delivery', () => {
  let gateway: FakeGateway;
  let app: TestApp;
  const RECEIPT = JSON.stringify({ deliveryId: 'unknown', status: 'DELIVERED' });

  beforeAll(async () => {
    gateway = await FakeGateway.start();
    const HTTP_PROVIDER_SECRET = `${GATEWAY_SECRET},${OTHER_SECRET}`;
    app = await TestApp.start('sqlite', { ...BOTH, ...gateway.environment, HTTP_PROVIDER_SECRET });
  });
  afterAll(async () => {
    await app.close();
    await gateway.close();
  });

  const post = (body: string, headers: Record<string, string>) =>
    fetch(`${app.url}/webhooks/delivery`, { method: 'POST', headers, body });

  it('accepts every secret of the settings', async () => {
    const other = new FakeGateway(undefined, OTHER_SECRET);
    for (const signer of [gateway, other])
      expect((await signer.postReceipt(app.url, RECEIPT)).status).toBe(204);
  });

  it.each([
    ['without headers', () => ({})],
    ['without an id', () => without('webhook-id')],
    ['without a time', () => without('webhook-timestamp')],
    ['without a signature', () => without('webhook-signature')],
    [
      'signed with another secret',
      () => new FakeGateway(undefined, `${GATEWAY_SECRET.slice(0, -4)}AAAA`).sign(RECEIPT),
    ],
    ['for another body', () => gateway.sign(`${RECEIPT} `)],
    ['signed 301 s ago', () => gateway.sign(RECEIPT, Date.now() - 301_000)],
    ['signed an hour ahead', () => gateway.sign(RECEIPT, Date.now() + 3_600_000)],
  ])('answers a receipt %s with 401', async (_what, headers) => {
    const before = await counted(app, '', 'refused');
    const answer = await post(RECEIPT, headers());
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ error: 'the receipt is not signed with HTTP_PROVIDER_SECRET' });
    expect(await counted(app, '', 'refused')).toBe(before + 1);
  });

  function without(header: string): Record<string, string> {
    return Object.fromEntries(Object.entries(gateway.sign(RECEIPT)).filter(([name]) => name !== header));
  }

  it('checks the signature before the body', async () => {
    for (const body of ['', '{', 'null', '{"deliveryId":1}']) expect((await post(body, {})).status).toBe(401);
  });

  it('answers with 401 when the provider http has no settings', async () => {
    const bare = await TestApp.start('sqlite');
    expect((await gateway.postReceipt(bare.url, RECEIPT)).status).toBe(401);
    await bare.close();
  });

  it.each([
    ['', ['body INVALID_FORMAT']],
    ['{"deliveryId":', ['body INVALID_FORMAT']],
    ['null', ['body INVALID_TYPE']],
    ['[]', ['body INVALID_TYPE']],
    ['"DELIVERED"', ['body INVALID_TYPE']],
    ['{}', ['deliveryId REQUIRED', 'status REQUIRED']],
    ['{"deliveryId":"","status":null}', ['deliveryId REQUIRED', 'status REQUIRED']],
    ['{"deliveryId":7,"status":7}', ['deliveryId INVALID_TYPE', 'status INVALID_TYPE']],
    ['{"deliveryId":"a","status":"delivered"}', ['status UNKNOWN_VALUE']],
    ['{"deliveryId":"a","status":"SENT"}', ['status UNKNOWN_VALUE']],
    ['{"deliveryId":"a","status":"FAILED","failure":"EXPIRED"}', ['failure UNKNOWN_VALUE']],
    ['{"deliveryId":"a","status":"FAILED","failure":["BLOCKED"]}', ['failure INVALID_TYPE']],
    ['{"deliveryId":"a","status":"DELIVERED","failure":"BLOCKED"}', ['failure NOT_APPLICABLE']],
  ])('answers the signed body %s with 400 and the rules', async (body, rules) => {
    const before = await counted(app, '', 'malformed');
    const answer = await gateway.postReceipt(app.url, body);
    const { error, fields } = (await answer.json()) as { error: string; fields: any[] };
    expect(answer.status).toBe(400);
    expect(fields.map(({ path, rule }) => `${path} ${rule}`)).toEqual(rules);
    for (const { path, message } of fields) expect(error).toContain(`${path}: ${message}`);
    expect(await counted(app, '', 'malformed')).toBe(before + 1);
  });

  it.each([
    '{"deliveryId":"a","status":"DELIVERED","failure":null}',
    '{"deliveryId":"a","status":"FAILED","more":[1]}',
  ])('accepts the signed body %s', async (body) =>
    expect((await gateway.postReceipt(app.url, body)).status).toBe(204),
  );

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8'])(
    'reads the body as bytes whatever its content type is: %s',
    async (type) => {
      const answer = await gateway.postReceipt(app.url, RECEIPT, { 'content-type': type });
      expect(answer.status).toBe(204);
    },
  );

  it('reads a body without a content type', async () => {
    const body = Buffer.from(RECEIPT);
    const answer = await fetch(`${app.url}/webhooks/delivery`, {
      method: 'POST',
      headers: gateway.sign(RECEIPT),
      body,
    });
    expect(answer.status).toBe(204);
  });

  it('answers a body of more than 16 KiB with 413', async () => {
    const body = JSON.stringify({ deliveryId: 'a', status: 'DELIVERED', more: 'x'.repeat(16 * 1024) });
    expect((await gateway.postReceipt(app.url, body)).status).toBe(413);
  });

  it('writes no recipient, code or secret to the log', async () => {
    const { id } = (await app.requestSms(NUMBER)).data.requestSmsCode;
    await app.delivered(id, 'SENT');
    const { deliveryId, code } = gateway.messages.at(-1)!;
    await gateway.report(app.url, { deliveryId, status: 'FAILED', failure: 'BLOCKED' });
    await gateway.postReceipt(app.url, `{"deliveryId":"${NUMBER}"}`);
    const log = app.log.join();
    expect(log).toContain('FAILED: BLOCKED');
    for (const secret of [code, '1012345678', 'whsec_', 'tenant']) expect(log).not.toContain(secret);
  });
});

onPostgres('POST /webhooks/delivery while PostgreSQL is away', () => {
  it('asks the gateway to report again', async () => {
    const gateway = await FakeGateway.start();
    const database = await createDatabase('postgres');
    const proxy = await TcpProxy.toPostgres(database.url);
    const url = proxy.urlOf(database.url);
    const app = await TestApp.on({ ...database, url }, { ...BOTH, ...gateway.environment });
    await proxy.close();
    const answer = await gateway.report(app.url, { deliveryId: 'a', status: 'DELIVERED' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    await app.close();
    await gateway.close();
    await database.drop();
  });
});
