import { DIALECTS } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { type Behaviour, ScriptedSmtp, type Stage } from '../support/scripted-smtp';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const REQUESTS = 32;
const SENT_AGAIN = 'message will be sent again';

const environment = (smtp: ScriptedSmtp, more: Record<string, string> = {}) => ({
  EMAIL_PROVIDER: 'smtp',
  EMAIL_FROM: 'verify@example.com',
  SMTP_URL: smtp.url,
  SMTP_CA_FILE: 'test/support/tls/cert.pem',
  SEND_TIMEOUT_MS: '3000',
  ...more,
});

const recipients = (count: number) => Array.from({ length: count }, (_, n) => `person-${n}@example.com`);

async function requestAll(app: TestApp, count = REQUESTS): Promise<Map<string, string>> {
  const answers = await Promise.all(
    recipients(count).map(async (to) => [to, (await app.requestEmail(to)).data.requestEmailCode.id] as const),
  );
  return new Map(answers);
}

/** Each recipient with one copy. */
const onceEach = (count: number) => new Map(recipients(count).map((to) => [to, 1]));
const sorted = (copies: Map<string, number>) => [...copies].sort();

const logged = (app: TestApp, text: string) => app.log.filter((line) => line.includes(text));
const unknowns = (app: TestApp) => app.log.filter((line) => line.includes('"kind":"unknown"'));

describe('an SMTP server that fails before it has the mail', () => {
  const STALLS: [string, Stage, Behaviour][] = [
    ['before its greeting', 'connect', { stall: true }],
    ['after EHLO', 'EHLO', { stall: true }],
    ['after STARTTLS', 'STARTTLS', { stall: true }],
    ['in the TLS handshake', 'TLS', { stall: true }],
    ['after AUTH', 'AUTH', { stall: true }],
    ['after MAIL', 'MAIL', { stall: true }],
    ['after RCPT', 'RCPT', { stall: true }],
    ['after DATA', 'DATA', { stall: true }],
    ['with a half-closed connection after RCPT', 'RCPT', { end: 'half' }],
    ['with a reset after DATA', 'DATA', { end: 'rst' }],
    ['with a greeting that arrives byte by byte', 'connect', { dripMs: 500 }],
    ['with an answer to RCPT that arrives byte by byte', 'RCPT', { dripMs: 500 }],
    ['with a 421 at MAIL', 'MAIL', { reply: '421 4.3.0 try later', end: 'fin' }],
  ];

  // The cases run at the same time, because each waits for deadlines and has its own server.
  it.concurrent.each(STALLS)(
    'causes no copy and no unknown outcome when it fails %s',
    async (_name, stage, behaviour) => {
      const smtp = await ScriptedSmtp.start({ tls: true, auth: true, pipelining: stage === 'DATA' });
      const app = await TestApp.start('sqlite', environment(smtp));
      smtp.behave = (at) => (at === stage ? behaviour : null);
      const ids = await requestAll(app);
      await until(() => (logged(app, SENT_AGAIN).length >= REQUESTS ? true : null));
      expect(smtp.mails).toEqual([]);
      smtp.behave = () => null;
      for (const id of ids.values()) await app.delivered(id, 'SENT');
      expect(sorted(smtp.copies())).toEqual(sorted(onceEach(REQUESTS)));
      expect(unknowns(app)).toEqual([]);
      await app.close();
      await smtp.close();
    },
  );

  it('causes no copy either when it fails in the TLS handshake of smtps', async () => {
    const smtp = await ScriptedSmtp.start({ implicitTls: true });
    const app = await TestApp.start('sqlite', environment(smtp));
    smtp.behave = (at) => (at === 'TLS' ? { stall: true } : null);
    const { id } = (await app.requestEmail('person-0@example.com')).data.requestEmailCode;
    await until(() => (logged(app, SENT_AGAIN).length > 0 ? true : null));
    smtp.behave = () => null;
    await app.delivered(id, 'SENT');
    expect(smtp.copies()).toEqual(onceEach(1));
    expect(unknowns(app)).toEqual([]);
    await app.close();
    await smtp.close();
  });
});

describe.each(DIALECTS)('an SMTP server that stops answering after it has the mail, on %s,', (dialect) => {
  const SILENT: [string, Behaviour][] = [
    ['stalls', { stall: true }],
    ['resets the connection', { end: 'rst' }],
    ['ends its half of the connection', { end: 'half' }],
    ['answers drop by drop', { dripMs: 500 }],
  ];

  it.each(SILENT)(
    'that accepts every mail and %s gets a third copy after a minute at the earliest, and none after a cancellation or erasure',
    async (_name, behaviour) => {
      const clock = new ManualClock();
      const smtp = await ScriptedSmtp.start();
      const app = await TestApp.start(dialect, environment(smtp), { clock });
      const takenAt = new Map<string, number[]>();
      smtp.take = (mail) => {
        smtp.mails.push(mail);
        takenAt.set(mail.to, [...(takenAt.get(mail.to) ?? []), clock.now()]);
      };
      /** The pauses of the queue are measured by the database's clock, which only this function moves. */
      const passUntil = (secondsAStep: number, done: () => boolean) =>
        until(() => {
          if (done()) return true;
          clock.advance(secondsAStep);
          return null;
        });

      smtp.behave = (at) => (at === 'content' ? behaviour : null);
      const ids = await requestAll(app);
      const [canceled, erased, ...others] = recipients(REQUESTS) as [string, string, ...string[]];
      await until(() => (smtp.copies().size === REQUESTS ? true : null));
      await app.gql(`mutation { cancelVerification(verificationId: "${ids.get(canceled)}") { status } }`);
      await app.admin(`mutation { eraseRecipient(input: { email: "${erased}" }) { verifications } }`);

      const copies = (to: string) => smtp.copies().get(to)!;
      await passUntil(0.01, () => others.every((to) => copies(to) === 2));
      await until(() => (unknowns(app).length >= 2 * others.length ? true : null));
      smtp.behave = () => null;
      await passUntil(0.1, () => others.every((to) => copies(to) === 3));
      for (const to of others) await app.delivered(ids.get(to)!, 'SENT');
      const pauses = others.map((to) => takenAt.get(to)![2]! - takenAt.get(to)![1]!);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(60_000);

      expect(await app.delivered(ids.get(canceled)!, 'FAILED')).toMatchObject({
        failure: 'NO_LONGER_NEEDED',
      });
      expect([copies(canceled), copies(erased)]).toEqual([1, 1]);
      expect(new Set(smtp.mails.map(({ to, deliveryId }) => `${to} ${deliveryId}`)).size).toBe(REQUESTS);
      await app.close();
      await smtp.close();
    },
    60_000,
  );
});

describe.each(DIALECTS)('a slow SMTP server that accepts few connections, on %s,', (dialect) => {
  it('gets each of 32 mails once', async () => {
    const smtp = await ScriptedSmtp.start({ maxConnections: 5 });
    smtp.behave = (at) => (at === 'content' ? { delayMs: 100 } : null);
    const app = await TestApp.start(dialect, environment(smtp, { SEND_TIMEOUT_MS: '10000' }));
    const ids = await requestAll(app);
    for (const id of ids.values()) await app.delivered(id, 'SENT');
    expect(sorted(smtp.copies())).toEqual(sorted(onceEach(REQUESTS)));
    expect(smtp.mostAtOnce).toBeLessThanOrEqual(5);
    expect(smtp.refused).toBeGreaterThan(0);
    expect(logged(app, SENT_AGAIN)).toEqual([]);
    await app.close();
    await smtp.close();
  });

  it('gets each of 32 mails once when it sends no greeting to further connections', async () => {
    const smtp = await ScriptedSmtp.start();
    smtp.behave = (at, connection) => (at === 'connect' && connection > 5 ? { stall: true } : null);
    const app = await TestApp.start(dialect, environment(smtp, { SEND_TIMEOUT_MS: '10000' }));
    const ids = await requestAll(app);
    for (const id of ids.values()) await app.delivered(id, 'SENT');
    expect(sorted(smtp.copies())).toEqual(sorted(onceEach(REQUESTS)));
    expect(logged(app, SENT_AGAIN)).toEqual([]);
    await app.close();
    await smtp.close();
  });

  it('gets no mail of verifications that were canceled or erased while they waited for a connection', async () => {
    const smtp = await ScriptedSmtp.start({ maxConnections: 1 });
    const app = await TestApp.start(dialect, environment(smtp, { SEND_TIMEOUT_MS: '10000' }));
    smtp.behave = (at) => (at === 'content' ? { delayMs: 1_000 } : null);
    const ids = await requestAll(app, 8);
    const first = (await smtp.waitForMails(1))[0]!.to;
    const waiting = recipients(8).filter((to) => to !== first);
    const [canceled, erased, ...others] = [waiting.slice(0, 2), waiting.slice(2, 4), ...waiting.slice(4)] as [
      string[],
      string[],
      ...string[],
    ];
    for (const to of canceled)
      await app.gql(`mutation { cancelVerification(verificationId: "${ids.get(to)}") { status } }`);
    for (const email of erased)
      await app.admin(`mutation { eraseRecipient(input: { email: "${email}" }) { verifications } }`);
    smtp.behave = () => null;
    for (const to of [first, ...others]) await app.delivered(ids.get(to)!, 'SENT');
    for (const to of canceled)
      expect(await app.delivered(ids.get(to)!, 'FAILED')).toMatchObject({ failure: 'NO_LONGER_NEEDED' });
    expect(sorted(smtp.copies())).toEqual([first, ...others].sort().map((to) => [to, 1]));
    await app.close();
    await smtp.close();
  });
});
