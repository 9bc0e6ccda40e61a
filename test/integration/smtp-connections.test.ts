import { ScriptedSmtp } from '../support/scripted-smtp';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const SENT_AGAIN = 'message will be sent again';

let smtp: ScriptedSmtp;
let app: TestApp;

async function start(
  options: Parameters<typeof ScriptedSmtp.start>[0],
  env: Record<string, string> = {},
): Promise<void> {
  smtp = await ScriptedSmtp.start(options);
  app = await TestApp.start('sqlite', {
    EMAIL_PROVIDER: 'smtp',
    EMAIL_FROM: 'verify@example.com',
    SMTP_URL: smtp.url,
    SMTP_CA_FILE: 'test/support/tls/cert.pem',
    ...env,
  });
}

afterEach(async () => {
  await app.close();
  await smtp.close();
});

const request = async (to: string) => (await app.requestEmail(to)).data.requestEmailCode.id as string;
const send = async (to: string) => app.delivered(await request(to), 'SENT');
const retryLines = () => app.log.filter((line) => line.includes(SENT_AGAIN));

it('SMTP: mails share connections and their TLS handshake', async () => {
  await start({ tls: true, auth: true }, { SEND_CONCURRENCY: '4' });
  const ids = await Promise.all(Array.from({ length: 60 }, (_, n) => request(`many-${n}@example.com`)));
  for (const id of ids) await app.delivered(id, 'SENT');
  expect(smtp.mails).toHaveLength(60);
  expect(smtp.connections).toBeLessThanOrEqual(4);
});

it('SMTP: SEND_CONCURRENCY mails are sent at once', async () => {
  await start({}, { SEND_CONCURRENCY: '40' });
  smtp.behave = (at) => (at === 'RCPT' ? { stall: true } : null);
  await Promise.all(Array.from({ length: 40 }, (_, n) => request(`wide-${n}@example.com`)));
  await until(() => (smtp.open.size === 40 ? true : null));
  expect(smtp.mostAtOnce).toBe(40);
});

describe('SMTP: a connection that the server closed while it was idle', () => {
  it.each(['fin', 'rst'] as const)('by %s is replaced without a retry', async (how) => {
    await start({});
    await send('before@example.com');
    smtp.endAll(how);
    await send('after@example.com');
    expect([...smtp.copies()]).toEqual([
      ['before@example.com', 1],
      ['after@example.com', 1],
    ]);
    expect(retryLines()).toEqual([]);
  });

  it.each([
    ['a 421', { reply: '421 4.4.2 Error: timeout exceeded', end: 'fin' }],
    ['an end', { end: 'fin' }],
    ['a reset', { end: 'rst' }],
    ['an end of its half', { end: 'half' }],
  ] as const)(
    'is replaced without a retry when the next mail notices that it was closed by %s',
    async (_name, behaviour) => {
      await start({});
      await send('before@example.com');
      smtp.behave = (at, connection) => (at === 'MAIL' && connection === 1 ? { ...behaviour } : null);
      await send('after@example.com');
      expect(smtp.copies().get('after@example.com')).toBe(1);
      expect(smtp.connections).toBe(2);
      expect(retryLines()).toEqual([]);
    },
  );
});

it('SMTP: a server that ends the connection after every mail gets each mail once', async () => {
  await start({}, { SEND_CONCURRENCY: '4' });
  smtp.behave = (at) => (at === 'content' ? { reply: '250 2.0.0 Ok', end: 'fin' } : null);
  const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => request(`once-${n}@example.com`)));
  for (const id of ids) await app.delivered(id, 'SENT');
  expect(smtp.mails).toHaveLength(20);
});

it('SMTP: connections are ended with QUIT at shutdown', async () => {
  await start({ tls: true, auth: true });
  await Promise.all(Array.from({ length: 6 }, (_, n) => send(`quit-${n}@example.com`)));
  const { size } = smtp.open;
  expect(size).toBeGreaterThan(0);
  await app.stop();
  expect(smtp.quits).toBe(size);
  await until(() => (smtp.open.size === 0 ? true : null));
});

it('SMTP: the shutdown does not wait for a server that ignores QUIT', async () => {
  await start({});
  await send('ignored@example.com');
  smtp.behave = (at) => (at === 'QUIT' ? { stall: true } : null);
  await app.stop();
  await until(() => (smtp.open.size === 0 ? true : null));
});

it('SMTP: a refused recipient affects neither the connection nor the next mail', async () => {
  await start({}, { SEND_CONCURRENCY: '1' });
  smtp.behave = (at) => (at === 'RCPT' ? { reply: '550 5.1.1 No such user' } : null);
  const refused = await request('nobody@example.com');
  expect(await app.delivered(refused, 'FAILED')).toMatchObject({ failure: 'INVALID_RECIPIENT' });
  smtp.behave = () => null;
  await send('somebody@example.com');
  expect(smtp.connections).toBe(1);
});

it('SMTP: each copy of a message has the same Message-ID, which the delivery log contains', async () => {
  await start({}, { SEND_TIMEOUT_MS: '300' });
  let silent = true;
  smtp.behave = (at) => (at === 'content' && silent ? { stall: true } : null);
  const id = await request('copies@example.com');
  await smtp.waitForMails(1);
  silent = false;
  await app.delivered(id, 'SENT');
  const [first, second] = smtp.mails;
  expect(first!.deliveryId).toMatch(/^[\w-]{10,}$/);
  expect(second!.deliveryId).toBe(first!.deliveryId);
  const { data } = await app.admin(`{ deliveries { edges { node { providerMessageId } } } }`);
  expect(JSON.stringify(data)).toContain(`<${first!.deliveryId}@example.com>`);
});

describe('SMTP: a refusal at RCPT', () => {
  it.each([
    ['554 5.7.1 <user@example.com>: Relay access denied', 'DELIVERED', null],
    ['550 5.7.1 Service unavailable; client host blocked', 'DELIVERED', null],
    ['550 relay not permitted', 'DELIVERED', null],
    ['550 5.1.8 Sender address rejected', 'DELIVERED', null],
    ['550 5.1.1 User unknown', 'FAILED', 'INVALID_RECIPIENT'],
    ['550 no such user', 'FAILED', 'INVALID_RECIPIENT'],
    ['552 5.2.2 over quota', 'FAILED', 'UNREACHABLE'],
  ])('%s leads to %s', async (reply, status, failure) => {
    await start({}, { EMAIL_PROVIDER: 'smtp,inbox' });
    smtp.behave = (at) => (at === 'RCPT' ? { reply } : null);
    expect(await app.delivered(await request('user@example.com'), 'DELIVERED', 'FAILED')).toMatchObject({
      status,
      failure,
    });
  });
});

describe('SMTP: a wrong setting', () => {
  it('rules out the provider when the certificate is not trusted', async () => {
    await start({ implicitTls: true }, { SMTP_CA_FILE: '' });
    expect(await app.delivered(await request('tls@example.com'), 'FAILED')).toMatchObject({
      failure: 'SENDER_REFUSED',
    });
  });

  it('rules out the provider when the login is refused', async () => {
    await start({ auth: true });
    smtp.behave = (at) => (at === 'AUTH' ? { reply: '535 5.7.8 bad credentials' } : null);
    expect(await app.delivered(await request('login@example.com'), 'FAILED')).toMatchObject({
      failure: 'SENDER_REFUSED',
    });
  });
});
