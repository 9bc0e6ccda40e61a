import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { runDoctor } from '../../src/doctor/run-doctor';
import { SCHEMA } from '../../src/app/schema';
import { DIALECTS } from '../support/databases';
import { GATEWAY_SECRET } from '../support/fake-gateway';
import { trackClosed, trackOpen } from '../support/open-resources';
import { freePort } from '../support/own-postgres';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const PROGRAM = join(__dirname, '../../examples/gateway.mjs');

/** The example as its readers run it: in its own process, with the settings of examples/README.md. */
class ExampleGateway {
  output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  static async start(serverUrl: string): Promise<ExampleGateway> {
    const PORT = String(await freePort());
    const env = {
      PATH: process.env.PATH!,
      HTTP_PROVIDER_SECRET: GATEWAY_SECRET,
      INJEUNG_URL: serverUrl,
      PORT,
    };
    const gateway = new ExampleGateway(
      spawn(process.execPath, [PROGRAM], { env }),
      `http://127.0.0.1:${PORT}`,
    );
    trackOpen(gateway, () => gateway.stop());
    await until(() => (gateway.output.includes(gateway.url) ? true : null));
    return gateway;
  }

  get settings(): Record<string, string> {
    const both = { EMAIL_PROVIDER: 'http', SMS_PROVIDER: 'http' };
    return { ...both, HTTP_PROVIDER_URL: this.url, HTTP_PROVIDER_SECRET: GATEWAY_SECRET };
  }

  stop(): void {
    trackClosed(this);
    this.child.kill();
  }
}

/** The server needs the URL of the gateway and the gateway needs the URL of the server, so the port is chosen first. */
async function startBoth(dialect: (typeof DIALECTS)[number]) {
  const PORT = String(await freePort());
  const gateway = await ExampleGateway.start(`http://127.0.0.1:${PORT}`);
  return { gateway, app: await TestApp.start(dialect, { PORT, ...gateway.settings }) };
}

it.each(DIALECTS.flatMap((dialect) => [['EMAIL', dialect] as const, ['SMS', dialect] as const]))(
  'examples/gateway.mjs: an %s arrives once, its code verifies, and its delivery is DELIVERED, on %s',
  async (channel, dialect) => {
    const { gateway, app } = await startBoth(dialect);
    const to = channel === 'EMAIL' ? 'user@example.com' : '+821012345678';
    const answer = channel === 'EMAIL' ? await app.requestEmail(to) : await app.requestSms(to);
    const { id } = answer.data.requestEmailCode ?? answer.data.requestSmsCode;
    await app.delivered(id);
    const [, printed] = gateway.output.split(`${channel} to ${to}: `);
    const code = /(?<!\d)\d{6}(?!\d)/.exec(printed!)![0];
    expect((await app.verify(id, code)).data.verifyCode).toMatchObject({ verified: true, reason: null });
    expect(gateway.output.split(`${channel} to `)).toHaveLength(2);
    await app.close();
    gateway.stop();
  },
);

it('examples/gateway.mjs refuses wrong signatures, answers a repeated id alike and passes the doctor', async () => {
  const gateway = await ExampleGateway.start('http://127.0.0.1:1');
  const body = JSON.stringify({
    type: 'message.send',
    data: { deliveryId: 'one', channel: 'SMS', to: 'x', text: 'y' },
  });
  const post = async (change: Record<string, string> = {}, at = new Date()) => {
    const headers = {
      'webhook-id': 'one',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(GATEWAY_SECRET).sign('one', at, body),
      ...change,
    };
    const answer = await fetch(gateway.url, { method: 'POST', headers, body });
    return { status: answer.status, ...((await answer.json()) as { id?: string }) };
  };
  expect((await post({ 'webhook-signature': 'v1,no' })).status).toBe(401);
  expect((await post({ 'webhook-id': 'other' })).status).toBe(401);
  expect((await post({}, new Date(Date.now() - 301_000))).status).toBe(401);
  expect((await fetch(gateway.url, { method: 'POST' })).status).toBe(401);
  const accepted = await post();
  expect(accepted).toEqual({ status: 202, id: expect.any(String) });
  expect(await post()).toEqual(accepted);
  expect(gateway.output.split('SMS to x: y')).toHaveLength(2);
  const { findings } = await runDoctor(
    { ...gateway.settings, DATABASE_URL: 'sqlite:/nowhere/none.sqlite' },
    SCHEMA,
  );
  expect(findings.filter(({ check }) => check === 'http').map(({ status }) => status)).toEqual(['OK']);
  gateway.stop();
});
