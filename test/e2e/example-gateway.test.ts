import { Webhook } from 'standardwebhooks';
import { runDoctor } from '../../src/doctor/run-doctor';
import { SCHEMA } from '../../src/app/schema';
import { DIALECTS } from '../support/databases';
import { ExampleProcess } from '../support/example-process';
import { GATEWAY_SECRET } from '../support/fake-gateway';
import { freePort } from '../support/own-postgres';
import { TestApp } from '../support/test-app';

/** The settings of a server that sends through the gateway. */
function settingsFor({ url }: ExampleProcess): Record<string, string> {
  const both = { EMAIL_PROVIDER: 'http', SMS_PROVIDER: 'http' };
  return { ...both, HTTP_PROVIDER_URL: url, HTTP_PROVIDER_SECRET: GATEWAY_SECRET };
}

function startGateway(serverUrl: string): Promise<ExampleProcess> {
  return ExampleProcess.start('gateway.mjs', {
    HTTP_PROVIDER_SECRET: GATEWAY_SECRET,
    INJEUNG_URL: serverUrl,
  });
}

/** The server needs the URL of the gateway and the gateway needs the URL of the server, so the port is chosen first. */
async function startBoth(dialect: (typeof DIALECTS)[number]) {
  const PORT = String(await freePort());
  const gateway = await startGateway(`http://127.0.0.1:${PORT}`);
  return { gateway, app: await TestApp.start(dialect, { PORT, ...settingsFor(gateway) }) };
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
  const gateway = await startGateway('http://127.0.0.1:1');
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
    { ...settingsFor(gateway), DATABASE_URL: 'sqlite:/nowhere/none.sqlite' },
    SCHEMA,
  );
  expect(findings.filter(({ check }) => check === 'http').map(({ status }) => status)).toEqual(['OK']);
  gateway.stop();
});
