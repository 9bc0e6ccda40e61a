import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIALECTS } from '../support/databases';
import { FakeSes } from '../support/fake-ses';
import { ManualClock } from '../support/manual-clock';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const EMAIL = 'user@example.com';
const RESEND = 'mutation ($id: ID!) { resendCode(verificationId: $id) { id } }';

describe.each(DIALECTS)('the validity that a message names, on %s', (dialect) => {
  let clock: ManualClock;
  let app: TestApp;
  let ses: FakeSes;
  const before = { ...process.env };

  beforeAll(async () => (ses = await FakeSes.start()));
  afterAll(async () => {
    process.env = before;
    await ses.close();
  });
  afterEach(() => app.close());

  const start = async (env: Record<string, string>) => {
    clock = new ManualClock();
    app = await TestApp.start(dialect, env, { clock });
  };
  const request = async (locale: string, email = EMAIL) =>
    (await app.requestEmail(email, { locale })).data.requestEmailCode.id as string;
  const inbox = (count: number) =>
    until(async () => {
      const messages = await app.inbox(EMAIL);
      return messages.length >= count ? messages.map(({ text, html }) => ({ text, html: html! })) : null;
    });

  it.each([
    ['ko', '2분 동안', '55초 동안'],
    ['en', 'for 2 minutes and', 'for 55 seconds and'],
  ])(
    'is the time left when it is sent, and the inbox shows the time that was sent (%s)',
    async (locale, first, later) => {
      await start({ EMAIL_CODE_TTL_SECONDS: '120' });
      const id = await request(locale);
      const [sent] = await inbox(1);
      for (const part of [sent!.text, sent!.html]) expect(part).toContain(first);
      clock.advance(65);
      await app.gql(RESEND, { id });
      const [resent, earlier] = await inbox(2);
      for (const part of [resent!.text, resent!.html]) {
        expect(part).toContain(later);
        expect(part).not.toContain(first);
      }
      expect(earlier).toEqual(sent);
      clock.advance(600);
      expect((await inbox(2))[0]).toEqual(resent);
    },
  );

  it('is the whole validity although some milliseconds pass before a message is rendered', async () => {
    await start({ EMAIL_CODE_TTL_SECONDS: '1800' });
    clock.advance(0.4);
    await request('en');
    clock.advance(0.4);
    expect((await inbox(1))[0]!.text).toContain('for 30 minutes and');
  });

  it('is rounded down to whole minutes', async () => {
    await start({ EMAIL_CODE_TTL_SECONDS: '1800' });
    const id = await request('en');
    expect((await inbox(1))[0]!.text).toContain('for 30 minutes and');
    clock.advance(61);
    await app.gql(RESEND, { id });
    expect((await inbox(2))[0]!.text).toContain('for 28 minutes and');
  });

  it('is the time left when a failed message is sent again by the next provider', async () => {
    process.env = { ...before, ...ses.environment };
    await start({
      EMAIL_PROVIDER: 'smtp,ses',
      SMTP_URL: 'smtp://127.0.0.1:1',
      EMAIL_FROM: 'verify@example.com',
      EMAIL_CODE_TTL_SECONDS: '120',
    });
    ses.answerNext({ status: 500, body: {} });
    await request('en', `${dialect}@example.com`);
    // Both providers failed, and the queue has stored when the next send is due.
    const retryLines = () => app.log.filter((line) => line.includes('message will be sent again'));
    await until(() => (retryLines().length >= 2 ? true : null));
    clock.advance(65);
    const [message] = await until(() => {
      const own = ses.messages.filter(({ to }) => to === `${dialect}@example.com`);
      return own.length > 0 ? own : null;
    });
    expect(message!.text).toMatch(/for (5[0-5]|4\d) seconds and/);
    expect(message!.html).not.toContain('2 minutes');
  });

  it("is available in operators' templates in whole minutes and in words", async () => {
    const dir = mkdtempSync(join(tmpdir(), 'templates-'));
    mkdirSync(join(dir, 'en'));
    writeFileSync(join(dir, 'en/email.text.liquid'), '{{ code }}: {{ ttlMinutes }} / {{ validity }}');
    await start({ EMAIL_CODE_TTL_SECONDS: '7200', TEMPLATES_DIR: dir });
    const id = await request('en');
    for (const [advance, expected] of [
      [0, '120 / 2 hours'],
      [1, '119 / 1 hour 59 minutes'],
      [3599, '60 / 1 hour'],
      [1, '59 / 59 minutes'],
      [3479, '2 / 2 minutes'],
      [1, '1 / 119 seconds'],
      [118, '0 / 1 second'],
    ] as const) {
      clock.advance(advance);
      const count = (await app.inbox(EMAIL)).length;
      if (count > 0) await app.gql(RESEND, { id });
      const messages = await inbox(Math.max(1, count + (count > 0 ? 1 : 0)));
      expect(messages.map(({ text }) => text.split(': ')[1]!.trim())).toContain(expected);
    }
    rmSync(dir, { recursive: true });
  });
});

it.each(DIALECTS)(
  'the validity that a message names, on %s with a real clock, is never longer than the time left',
  async (dialect) => {
    const app = await TestApp.start(dialect, { EMAIL_CODE_TTL_SECONDS: '120' });
    const { expiresAt } = (await app.requestEmail(EMAIL, { locale: 'en' })).data.requestEmailCode;
    const [message] = await until(async () => {
      const messages = await app.inbox(EMAIL);
      return messages.length > 0 ? messages : null;
    });
    const [, amount, unit] = /valid for (\d+) (second|minute)/.exec(message!.text)!;
    const promisedMs = Number(amount) * (unit === 'minute' ? 60_000 : 1_000);
    const leftMs = Date.parse(expiresAt) - Date.parse(message!.sentAt);
    expect(promisedMs).toBeLessThan(leftMs + 1_000);
    await app.close();
  },
);
