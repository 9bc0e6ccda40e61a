import { deriveSmtpPassword } from '../../src/channels/ses/ses-smtp-credentials';
import { FakeSens } from '../support/fake-sens';
import { FakeSes } from '../support/fake-ses';
import { sesRefusal } from '../support/fake-ses-identities';
import { FakeSmtp, SMTP_LOGIN } from '../support/fake-smtp';
import { type Misbehaviour } from '../support/http-provider';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const FROM = {
  EMAIL_FROM: '인증 센터 <verify@example.com>',
  EMAIL_REPLY_TO: 'help@example.com',
  BRAND_NAME: '바다',
};
const AWS_VARIABLES = [
  'AWS_ENDPOINT_URL_SESV2',
  'AWS_SESSION_TOKEN',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'NODE_EXTRA_CA_CERTS',
];

/** Sets variables of this process, because the AWS SDK reads its environment. Returns a function that restores them. */
function setProcessEnvironment(variables: Record<string, string>): () => void {
  const before = AWS_VARIABLES.map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

const sesError = (status: number, type: string, message = 'no'): Misbehaviour =>
  sesRefusal(status, type, message);

describe('the provider ses', () => {
  let ses: FakeSes;
  let app: TestApp;
  let restore: () => void;

  beforeAll(async () => {
    ses = await FakeSes.start();
    restore = setProcessEnvironment(ses.environment);
    app = await TestApp.start('sqlite', {
      EMAIL_PROVIDER: 'ses',
      SES_CONFIGURATION_SET: 'codes',
      SEND_TIMEOUT_MS: '1000',
      ...FROM,
    });
  });
  afterAll(async () => {
    await app.close();
    await ses.close();
    restore();
  });

  const send = async (email: string, input = {}) =>
    (await app.requestEmail(email, input)).data.requestEmailCode.id as string;
  const sentTo = (email: string) => ses.messages.filter(({ to }) => to === email);

  it.each(['ko', 'en'])('accepts a signed message in %s, and its code can be verified', async (locale) => {
    const email = `ses-${locale}@example.com`;
    const id = await send(email, { locale });
    await app.delivered(id, 'SENT');
    const [message] = sentTo(email);
    const name = Buffer.from('인증 센터').toString('base64');
    expect(message).toMatchObject({
      from: `=?UTF-8?B?${name}?= <verify@example.com>`,
      replyTo: 'help@example.com',
      configurationSet: 'codes',
      tags: { injeung_verification: id },
    });
    expect(message!.subject).toContain('[바다]');
    const code = /\d{6}/.exec(message!.text)![0];
    expect(message!.html).toContain(code);
    expect((await app.verify(id, code)).data.verifyCode.verified).toBe(true);
  });

  it('is called again after temporary errors, and sends one message', async () => {
    ses.answerNext(
      sesError(500, 'InternalServiceErrorException'),
      sesError(429, 'TooManyRequestsException'),
      { drop: 'before' },
    );
    await app.delivered(await send('passes@example.com'), 'SENT');
    expect(sentTo('passes@example.com')).toHaveLength(1);
  });

  it.each([
    [
      'a bad address',
      400,
      'BadRequestException',
      'Invalid domain name in destination address',
      'INVALID_RECIPIENT',
    ],
    ['a rejected message', 400, 'MessageRejected', 'Email address is not verified', 'SENDER_REFUSED'],
    ['a suspended account', 400, 'AccountSuspendedException', 'suspended', 'SENDER_REFUSED'],
    ['a paused account', 400, 'SendingPausedException', 'paused', 'SENDER_REFUSED'],
    ['an exhausted quota', 400, 'LimitExceededException', 'quota', 'SENDER_REFUSED'],
    ['a missing permission', 403, 'AccessDeniedException', 'not authorized', 'SENDER_REFUSED'],
  ])('is called once when it answers with %s', async (what, status, type, message, failure) => {
    const email = `${what.replace(/ /g, '-')}@example.com`;
    const before = ses.calls.length;
    ses.answerNext(sesError(status, type, message));
    const id = await send(email);
    expect(await app.delivered(id, 'FAILED')).toMatchObject({ status: 'FAILED', failure });
    expect(ses.calls.slice(before).filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('is called again after a call that takes too long and is ended', async () => {
    ses.answerNext({ delayMs: 3_000, drop: 'before' });
    await app.delivered(await send('slow@example.com'), 'SENT');
    expect(sentTo('slow@example.com')).toHaveLength(1);
  });

  it("corrects the client's clock by the clock of SES", async () => {
    ses.clock = () => Date.now() + 3_600_000;
    await app.delivered(await send('late@example.com'), 'SENT');
    expect(app.log.join()).toMatch(/clock is 3[56]\d\d s behind/);
    const before = ses.calls.length;
    await app.delivered(await send('late-again@example.com'), 'SENT');
    expect(ses.calls).toHaveLength(before + 1);
    ses.clock = null;
  });

  it('corrects the clock also for messages that were being sent when the wrong clock was detected', async () => {
    await app.restart();
    ses.clock = () => Date.now() - 3_600_000;
    const ids = await Promise.all(Array.from({ length: 8 }, (_, n) => send(`early-${n}@example.com`)));
    for (const id of ids) await app.delivered(id, 'SENT');
    ses.clock = null;
    await app.restart();
  });

  it('is called with a session token, and below the path of its endpoint', async () => {
    const restore = setProcessEnvironment({
      AWS_ENDPOINT_URL_SESV2: `${ses.url}/gateway`,
      AWS_SESSION_TOKEN: 'a-session-token',
    });
    await app.restart();
    await send('token@example.com');
    const [call] = await ses.waitForCalls(1, /^POST \/gateway\/v2\/email\/outbound-emails$/);
    expect(call!.headers['x-amz-security-token']).toBe('a-session-token');
    expect(call!.headers.authorization).toContain(';x-amz-security-token;');
    restore();
    await app.restart();
  });

  it('sends every message of a burst whose first call gets no answer', async () => {
    await app.restart({ SEND_TIMEOUT_MS: '10000' });
    const recipients = Array.from({ length: 50 }, (_, number) => `waits-${number}@example.com`);
    const slow = new Set(recipients);
    ses.answerAlways(({ body }) => {
      const to = recipients.find((one) => body.includes(`"${one}"`));
      return to !== undefined && slow.delete(to) ? { delayMs: 1_000, drop: 'before' } : null;
    });
    const ids = await Promise.all(recipients.map((email) => send(email)));
    for (const id of ids) await app.delivered(id, 'SENT');
    ses.answerAlways(null);
  });
});

describe('the provider smtp', () => {
  it.each([
    ['ses-smtp', 'ko'],
    ['ses-smtp', 'en'],
    ['smtp', 'ko'],
    ['smtp', 'en'],
  ])('%s sends over STARTTLS with a login, in %s', async (provider, locale) => {
    const pass =
      provider === 'smtp' ? SMTP_LOGIN.pass : deriveSmtpPassword(SMTP_LOGIN.pass, 'ap-northeast-2');
    const smtp = await new FakeSmtp({ user: SMTP_LOGIN.user, pass }).listen();
    const app = await TestApp.start('sqlite', {
      EMAIL_PROVIDER: provider,
      AWS_ACCESS_KEY_ID: SMTP_LOGIN.user,
      AWS_SECRET_ACCESS_KEY: SMTP_LOGIN.pass,
      SES_SMTP_HOST: '127.0.0.1',
      SES_SMTP_PORT: String(smtp.port),
      SMTP_URL: `smtp://${SMTP_LOGIN.user}:${SMTP_LOGIN.pass}@127.0.0.1:${smtp.port}`,
      SMTP_CA_FILE: 'test/support/tls/cert.pem',
      ...FROM,
    });
    const { id } = (await app.requestEmail('smtp@example.com', { locale })).data.requestEmailCode;
    await app.delivered(id, 'SENT');
    const [message] = smtp.messages;
    expect(message).toMatchObject({
      sessionSecure: true,
      from: { name: '인증 센터', address: 'verify@example.com' },
      to: [{ name: '', address: 'smtp@example.com' }],
      replyTo: [{ address: 'help@example.com' }],
    });
    expect(message!.subject).toContain(locale === 'ko' ? '인증번호' : 'code');
    expect(message!.html).toContain(/\d{6}/.exec(message!.text!)![0]);
    const tags = message!.headers.find(({ key }) => key === 'x-ses-message-tags')?.value ?? null;
    expect(tags !== null).toBe(provider === 'ses-smtp');
    expect((await app.verify(id, /\d{6}/.exec(message!.text!)![0])).data.verifyCode.verified).toBe(true);

    for (const [at, code, text, failure] of [
      ['RCPT', 550, 'no such user', 'INVALID_RECIPIENT'],
      ['DATA', 554, 'Message rejected', 'SENDER_REFUSED'],
      ['DATA', 552, 'mailbox full', 'UNREACHABLE'],
      ['DATA', 454, 'Throttling failure: Daily message quota exceeded', 'SENDER_REFUSED'],
    ] as const) {
      smtp.refuseNext(at, code, text);
      const refused = (await app.requestEmail(`refused-${code}@example.com`)).data.requestEmailCode;
      expect(await app.delivered(refused.id, 'FAILED')).toMatchObject({ failure });
    }
    smtp.refuseNext('DATA', 454, 'Throttling failure: Maximum sending rate exceeded');
    smtp.refuseNext('DATA', 421, 'Too many concurrent connections');
    await app.delivered((await app.requestEmail('later@example.com')).data.requestEmailCode.id, 'SENT');
    await app.close();
    await smtp.close();
  });

  it('ses-smtp sends nothing to a server without STARTTLS', async () => {
    const smtp = await new FakeSmtp(SMTP_LOGIN, { startTls: false }).listen();
    const app = await TestApp.start('sqlite', {
      EMAIL_PROVIDER: 'ses-smtp',
      AWS_ACCESS_KEY_ID: SMTP_LOGIN.user,
      AWS_SECRET_ACCESS_KEY: SMTP_LOGIN.pass,
      SES_SMTP_HOST: '127.0.0.1',
      SES_SMTP_PORT: String(smtp.port),
      ...FROM,
    });
    const { id } = (await app.requestEmail('plain@example.com')).data.requestEmailCode;
    expect(await app.delivered(id, 'FAILED')).toMatchObject({ failure: 'SENDER_REFUSED' });
    expect(smtp.messages).toHaveLength(0);
    await app.close();
    await smtp.close();
  });
});

describe('the provider sens', () => {
  let sens: FakeSens;
  let app: TestApp;

  beforeAll(async () => {
    sens = await FakeSens.start();
    app = await TestApp.start('sqlite', { ...sens.environment, SEND_TIMEOUT_MS: '1000', BRAND_NAME: '바다' });
  });
  afterAll(async () => {
    await app.close();
    await sens.close();
  });

  const send = async (number: string, input = {}) =>
    (await app.requestSms(number, input)).data.requestSmsCode.id as string;
  const sentTo = (number: string) => sens.messages.filter(({ to }) => to === number);

  it.each(['ko', 'en'])('accepts a signed message in %s, and its receipt is DELIVERED', async (locale) => {
    const number = locale === 'ko' ? '01020000001' : '01020000002';
    const id = await send(number, { locale });
    await app.delivered(id, 'SENT', 'DELIVERED');
    const [message] = sentTo(number);
    expect(message).toMatchObject({ countryCode: '82', from: '0212345678', type: 'SMS' });
    const code = /\d{6}/.exec(message!.content)![0];
    if (locale === 'ko') expect(message!.content).toBe(`[바다] 인증번호는 [${code}]입니다.`);
    await app.delivered(id, 'DELIVERED');
    expect((await app.verify(id, code)).data.verifyCode.verified).toBe(true);
  });

  it('is queried and not called again when its answer was lost after it accepted the message', async () => {
    sens.answerNext({ drop: 'after' });
    const id = await send('01020000003');
    await app.delivered(id, 'SENT', 'DELIVERED');
    expect(sentTo('01020000003')).toHaveLength(1);
  });

  it('is called again when its answer was lost before it accepted the message', async () => {
    sens.answerNext({ drop: 'before' });
    await app.delivered(await send('01020000004'), 'SENT', 'DELIVERED');
    expect(sentTo('01020000004')).toHaveLength(1);
  });

  it('is queried after a time-out during which it accepted the message', async () => {
    sens.answerNext({ delayMs: 1_500 });
    const id = await send('01020000005');
    await app.delivered(id, 'SENT', 'DELIVERED');
    await until(() => (sentTo('01020000005').length > 0 ? true : null));
    expect(sentTo('01020000005').length).toBeGreaterThan(0);
  });

  it('is understood with both forms of errors', async () => {
    sens.answerNext(
      { status: 503, body: { error: { errorCode: '900', message: 'Unexpected' } } },
      { status: 429, body: {} },
    );
    await app.delivered(await send('01020000006'), 'SENT', 'DELIVERED');
    sens.answerNext({ status: 400, body: { status: '400', errors: ['messages[0].to is invalid'] } });
    expect(await app.delivered(await send('01020000007'), 'FAILED')).toMatchObject({
      failure: 'INVALID_RECIPIENT',
    });
  });

  it('leads to FAILED at final results, and is called again at temporary results', async () => {
    sens.results.set('01020000008', ['3001']);
    expect(await app.delivered(await send('01020000008'), 'FAILED')).toMatchObject({
      failure: 'INVALID_RECIPIENT',
    });
    sens.results.set('01020000009', ['2003']);
    await app.delivered(await send('01020000009'), 'DELIVERED');
    expect(sentTo('01020000009')).toHaveLength(2);
    expect(new Set(sentTo('01020000009').map(({ content }) => content)).size).toBe(1);
  });

  it('is reported in the log with a wrong clock and with a wrong key, in different words', async () => {
    const late = await FakeSens.start(() => Date.now() + 3_600_000);
    const behind = await TestApp.start('sqlite', late.environment);
    await behind.delivered(await (await behind.requestSms('01020000010')).data.requestSmsCode.id, 'FAILED');
    expect(behind.log.join()).toMatch(/clock is 3[56]\d\d s behind/);
    await behind.restart({ SENS_ENDPOINT: sens.url, SENS_SECRET_KEY: 'another' });
    await behind.delivered(await (await behind.requestSms('01020000011')).data.requestSmsCode.id, 'FAILED');
    expect(behind.log.join()).toContain("must be the account's authentication key");
    await behind.close();
    await late.close();
  });
});
