import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DIALECTS, type Dialect } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { type GraphQLAnswer, TestApp } from '../support/test-app';
import { until } from '../support/until';

const EMAIL = 'user@example.com';
const NUMBER = '+821020000001';
const RESEND = `mutation ($id: ID!) { resendCode(verificationId: $id) { id codeLength expiresAt attemptsRemaining } }`;
const REFUSALS = `{ refusals { edges { node { code reason count } } } }`;

const dir = mkdtempSync(join(tmpdir(), 'purposes-'));
afterAll(() => rmSync(dir, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(dir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

let files = 0;
const purposes = (text: string) => ({ PURPOSES_FILE: write(`${files++}.yaml`, text) });
const accepted = (answers: GraphQLAnswer[]) => answers.filter(({ errors }) => !errors).length;
const extensionsOf = ({ errors }: GraphQLAnswer) => errors![0]!.extensions;

describe.each(DIALECTS)('a policy of a purpose, on %s,', (dialect) => {
  let app: TestApp;
  const clock = new ManualClock();
  const start = async (text: string, env: Record<string, string> = {}) =>
    (app = await TestApp.start(dialect, { ...purposes(text), ...env }, { clock }));
  afterEach(() => app.close());

  const request = async (purpose: string, input: object = {}) => {
    const { data, errors } = await app.requestEmail(EMAIL, { purpose, ...input });
    expect(errors).toBeUndefined();
    return data.requestEmailCode;
  };
  const life = ({ createdAt, expiresAt }: { createdAt: string; expiresAt: string }) =>
    (Date.parse(expiresAt) - Date.parse(createdAt)) / 1000;

  it('decides the length, validity and attempts of its codes, and of no other', async () => {
    await start('purposes: { login: { codeLength: 8, ttlSeconds: 600, maxAttempts: 2 }, reset: {} }');
    const login = await request('login');
    expect(login).toMatchObject({ codeLength: 8, attemptsRemaining: 2, expiresInSeconds: 600 });
    expect(life(login)).toBe(600);
    const code = await app.codeFor(EMAIL);
    expect(code).toMatch(/^\d{8}$/);
    expect(extensionsOf(await app.verify(login.id, code.slice(2))).fields[0].rule).toBe('INVALID_CODE');
    expect((await app.verify(login.id, TestApp.wrong(code))).data.verifyCode.attemptsRemaining).toBe(1);
    expect((await app.verify(login.id, code)).data.verifyCode.verified).toBe(true);
    for (const purpose of ['reset', 'sign-up']) {
      const other = await request(purpose);
      expect(other).toMatchObject({ codeLength: 6, attemptsRemaining: 5 });
      expect(life(other)).toBe(1_800);
    }
  });

  it('takes what it does not say from the settings of the channel', async () => {
    await start('purposes: { login: { maxAttempts: 3 } }', {
      SMS_CODE_LENGTH: '5',
      SMS_CODE_TTL_SECONDS: '120',
      EMAIL_CODE_LENGTH: '7',
    });
    const { data } = await app.requestSms(NUMBER, { purpose: 'login' });
    expect(data.requestSmsCode).toMatchObject({ codeLength: 5, attemptsRemaining: 3, expiresInSeconds: 120 });
    expect(await request('login')).toMatchObject({ codeLength: 7, attemptsRemaining: 3 });
  });

  it('is kept by a verification when the next start has another file', async () => {
    await start('purposes: { login: { codeLength: 8, ttlSeconds: 600, maxAttempts: 2 } }');
    const login = await request('login');
    const code = await app.codeFor(EMAIL);
    await app.restart(purposes('purposes: { login: { codeLength: 4, ttlSeconds: 60, channels: [SMS] } }'));
    const { data } = await app.gql(RESEND, { id: login.id });
    expect(data.resendCode).toMatchObject({
      codeLength: 8,
      attemptsRemaining: 2,
      expiresAt: login.expiresAt,
    });
    const messages = await until(async () => {
      const all = await app.inbox(EMAIL);
      return all.length === 2 ? all : null;
    });
    expect(messages.map((message) => message.code)).toEqual([code, code]);
    expect((await app.verify(login.id, code)).data.verifyCode.verified).toBe(true);
  });

  it('refuses a channel that it excludes, also for a test recipient', async () => {
    await start('purposes: { login: { channels: [SMS] }, news: { channels: [EMAIL] } }', {
      TEST_RECIPIENTS: 'review@example.com=123456',
    });
    const refusal = { code: 'RECIPIENT_NOT_ALLOWED', reason: 'PURPOSE' };
    expect(extensionsOf(await app.requestEmail(EMAIL, { purpose: 'login' }))).toEqual(refusal);
    expect(extensionsOf(await app.requestEmail('review@example.com', { purpose: 'login' }))).toEqual(refusal);
    expect(extensionsOf(await app.requestSms(NUMBER, { purpose: 'news' }))).toEqual(refusal);
    expect(accepted([await app.requestSms(NUMBER, { purpose: 'login' })])).toBe(1);
    expect(accepted([await app.requestEmail(EMAIL, { purpose: 'news' })])).toBe(1);
    await until(async () => {
      const { data } = await app.admin(REFUSALS);
      return (
        data.refusals.edges.some(
          ({ node }: any) => node.code === 'RECIPIENT_NOT_ALLOWED' && node.reason === 'PURPOSE',
        ) || null
      );
    });
  });

  it('names COUNTRY as the reason where the country is the cause', async () => {
    await start('purposes: { login: {} }');
    expect(extensionsOf(await app.requestSms('+12025550123', { purpose: 'login' }))).toEqual({
      code: 'RECIPIENT_NOT_ALLOWED',
      reason: 'COUNTRY',
    });
  });

  it('is required of every purpose when the file is strict', async () => {
    await start('{ purposes: { login: null }, strict: true }');
    expect(accepted([await app.requestEmail(EMAIL, { purpose: 'login' })])).toBe(1);
    for (const input of [{}, { purpose: 'other' }])
      for (const answer of [await app.requestEmail(EMAIL, input), await app.requestSms(NUMBER, input)])
        expect(extensionsOf(answer)).toEqual({
          code: 'BAD_USER_INPUT',
          fields: [
            {
              path: 'input.purpose',
              rule: 'UNKNOWN_VALUE',
              message: 'must be one of the purposes in PURPOSES_FILE',
            },
          ],
        });
  });

  it('leaves a fixed code its own length', async () => {
    await start('purposes: { login: { codeLength: 8, maxAttempts: 2, recipientDailyLimit: 1 } }', {
      TEST_RECIPIENTS: 'review@example.com=1234',
    });
    for (let n = 0; n < 3; n++) {
      const { data } = await app.requestEmail('review@example.com', { purpose: 'login' });
      expect(data.requestEmailCode).toMatchObject({ codeLength: 4, attemptsRemaining: 2 });
      const { id } = data.requestEmailCode;
      expect((await app.verify(id, '1234')).data.verifyCode.verified).toBe(true);
    }
  });
});

describe.each(DIALECTS)('the daily limit of a purpose, on %s,', (dialect) => {
  let app: TestApp;
  const clock = new ManualClock();
  const start = async (text: string, env: Record<string, string> = {}) =>
    (app = await TestApp.start(dialect, { ...purposes(text), ...env }, { clock }));
  afterEach(() => app.close());

  const LOGIN_3 = 'purposes: { login: { recipientDailyLimit: 3 }, reset: { recipientDailyLimit: 2 } }';
  const login = (email = EMAIL, input: object = {}) =>
    app.requestEmail(email, { purpose: 'login', ...input });
  const limited = (retryAfterSeconds: number) => ({
    code: 'RATE_LIMITED',
    limit: 'RECIPIENT_DAILY',
    retryAfterSeconds,
  });

  it('counts exactly, however many requests arrive at once, and leaves other purposes alone', async () => {
    await start(LOGIN_3);
    const answers = await Promise.all(Array.from({ length: 40 }, () => login()));
    expect(accepted(answers)).toBe(3);
    for (const answer of answers.filter(({ errors }) => errors))
      expect(extensionsOf(answer)).toEqual(limited(86_400));
    const mixed = ['reset', 'sign-up', 'login'].flatMap((purpose) =>
      Array.from({ length: 10 }, () => app.requestEmail(EMAIL, { purpose })),
    );
    expect(accepted(await Promise.all(mixed))).toBe(12);
  });

  it('is sliding and counts resends', async () => {
    await start(LOGIN_3, { EMAIL_CODE_TTL_SECONDS: '86400' });
    const { id } = (await login()).data.requestEmailCode;
    clock.advance(3_600);
    expect(accepted([await app.gql(RESEND, { id }), await app.gql(RESEND, { id })])).toBe(2);
    expect(extensionsOf(await app.gql(RESEND, { id }))).toEqual(limited(82_800));
    expect(extensionsOf(await login())).toEqual(limited(82_800));
    clock.advance(82_799);
    expect(extensionsOf(await login())).toEqual(limited(1));
    clock.advance(1);
    expect(accepted([await login()])).toBe(1);
    expect(extensionsOf(await login())).toEqual(limited(3_600));
  });

  it('counts spellings of one mailbox together and each channel for itself', async () => {
    await start(LOGIN_3);
    for (const email of ['user.name@gmail.com', 'username+a@gmail.com', 'USERNAME@googlemail.com'])
      expect(accepted([await login(email)])).toBe(1);
    expect(extensionsOf(await login('u.s.e.r.name@gmail.com'))).toEqual(limited(86_400));
    for (let n = 0; n < 3; n++)
      expect(accepted([await app.requestSms(NUMBER, { purpose: 'login' })])).toBe(1);
    expect(extensionsOf(await app.requestSms(NUMBER, { purpose: 'login' }))).toEqual(limited(86_400));
  });

  it('holds besides the general limits, and the longest wait is reported', async () => {
    await start(LOGIN_3, { RESEND_COOLDOWN_SECONDS: '60', RECIPIENT_DAILY_LIMIT: '4' });
    for (let n = 0; n < 3; n++) {
      expect(accepted([await login()])).toBe(1);
      expect(extensionsOf(await login())).toMatchObject({
        limit: n < 2 ? 'RESEND_COOLDOWN' : 'RECIPIENT_DAILY',
      });
      clock.advance(60);
    }
    expect(extensionsOf(await login())).toEqual(limited(86_400 - 180));
    expect(accepted([await app.requestEmail(EMAIL)])).toBe(1);
    expect(extensionsOf(await app.requestEmail(EMAIL))).toEqual(limited(86_400 - 180));
  });

  it('counts nothing for a message that another limit refuses', async () => {
    await start(LOGIN_3, { EMAIL_DAILY_LIMIT: '1' });
    expect(accepted([await app.requestEmail('other@example.com')])).toBe(1);
    for (let n = 0; n < 5; n++) expect(extensionsOf(await login()).limit).toBe('EMAIL_DAILY');
    await app.restart({ EMAIL_DAILY_LIMIT: '0' });
    expect(accepted(await Promise.all(Array.from({ length: 5 }, () => login())))).toBe(3);
  });

  it('sends nothing again for a repeated idempotency key, also when it is reached', async () => {
    await start(LOGIN_3);
    const first = await login(EMAIL, { idempotencyKey: 'k' });
    expect(accepted(await Promise.all([login(), login()]))).toBe(2);
    const repeated = await login(EMAIL, { idempotencyKey: 'k' });
    expect(repeated.data.requestEmailCode.id).toBe(first.data.requestEmailCode.id);
    expect(extensionsOf(await app.requestEmail(EMAIL, { purpose: 'reset', idempotencyKey: 'k' })).code).toBe(
      'CONFLICT',
    );
  });

  it('is kept over a restart with a lower one', async () => {
    await start(LOGIN_3);
    expect(accepted([await login(), await login()])).toBe(2);
    await app.restart(purposes('purposes: { login: { recipientDailyLimit: 2 } }'));
    expect(extensionsOf(await login())).toEqual(limited(86_400));
    await app.restart(purposes('purposes: { login: { recipientDailyLimit: 0 } }'));
    expect(accepted([await login(), await login()])).toBe(2);
  });
});

(DIALECTS.includes('postgres') ? it : it.skip)(
  'the daily limit of a purpose, on two nodes, counts exactly when requests and resends arrive at both at once',
  async () => {
    const env = purposes('purposes: { login: { recipientDailyLimit: 6 } }');
    const app = await TestApp.start('postgres', { ...env, RESEND_COOLDOWN_SECONDS: '0' });
    const other = await app.another();
    const login = (node: TestApp) => node.requestEmail(EMAIL, { purpose: 'login' });
    const { id } = (await login(app)).data.requestEmailCode;
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => {
        const node = n % 2 ? app : other;
        return n % 4 < 2 ? login(node) : node.gql(RESEND, { id });
      }),
    );
    expect(accepted(answers)).toBe(5);
    for (const answer of answers.filter(({ errors }) => errors))
      expect(extensionsOf(answer).limit).toBe('RECIPIENT_DAILY');
    await app.close();
  },
);

describe.each(DIALECTS)('templates of a purpose, on %s,', (dialect: Dialect) => {
  it('have precedence over those for every purpose', async () => {
    const templates = join(dir, `templates-${dialect}`);
    write(`templates-${dialect}/en/login/email.subject.liquid`, 'Log in with {{ code }}');
    write(`templates-${dialect}/en/login/sms.text.liquid`, 'Log in: {{ code }}');
    write(`templates-${dialect}/en/sms.text.liquid`, 'Code: {{ code }}');
    const app = await TestApp.start(dialect, { TEMPLATES_DIR: templates });
    const newest = async (to: string, id: string) => {
      await app.delivered(id);
      return (await app.inbox(to))[0]!;
    };
    const mail = (await app.requestEmail(EMAIL, { locale: 'en', purpose: 'login' })).data.requestEmailCode;
    const { subject, text, code } = await newest(EMAIL, mail.id);
    expect(subject).toBe(`Log in with ${code}`);
    expect(text).toContain('Your verification code');
    const other = (await app.requestEmail(EMAIL, { locale: 'en' })).data.requestEmailCode;
    expect((await newest(EMAIL, other.id)).subject).toContain('Your verification code is');
    const sms = async (purpose: string) => {
      const { id } = (await app.requestSms(NUMBER, { locale: 'en', purpose })).data.requestSmsCode;
      const message = await newest(NUMBER, id);
      return message.text.replace(message.code, 'CODE');
    };
    expect(await sms('login')).toBe('Log in: CODE');
    expect(await sms('sign-up')).toBe('Code: CODE');
    await app.close();
  });
});
