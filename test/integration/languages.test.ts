import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readConfig } from '../../src/config/config';
import { DIALECTS } from '../support/databases';
import { FakeSens } from '../support/fake-sens';
import { TestApp } from '../support/test-app';

const EMAIL = 'user@example.com';
const NUMBER = '+821020000003';
const RESEND = `mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`;

const dir = mkdtempSync(join(tmpdir(), 'languages-'));
afterAll(() => rmSync(dir, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(dir, name)), { recursive: true });
  writeFileSync(join(dir, name), text);
}

for (const part of ['subject', 'text', 'html']) {
  write(`FR/email.${part}.liquid`, 'Votre code : {{ code }} ({{ validity }})');
  write(`zh-hant/email.${part}.liquid`, '驗證碼 {{ code }}');
}
write('FR/login/email.subject.liquid', 'Connexion : {{ code }}');
write('zh-hant/sms.text.liquid', '驗證碼 {{ code }}');

describe.each(DIALECTS)('the language of a message, on %s,', (dialect) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start(dialect, { TEMPLATES_DIR: dir });
  });
  afterAll(() => app.close());

  const newest = async (to: string, id: string) => {
    await app.delivered(id);
    const [message] = await app.inbox(to);
    const hide = (text: string | null) => text?.replaceAll(message!.code, 'CODE');
    return { subject: hide(message!.subject), text: hide(message!.text), html: hide(message!.html) };
  };
  const mail = async (locale: string | null, input: object = {}) => {
    const { data } = await app.requestEmail(EMAIL, { locale, ...input });
    return newest(EMAIL, data.requestEmailCode.id);
  };
  const sms = async (locale: string) => {
    const { data } = await app.requestSms(NUMBER, { locale });
    return (await newest(NUMBER, data.requestSmsCode.id)).text;
  };

  it.each([
    ['ko-KR', '인증번호 CODE'],
    ['en_US', 'Your verification code is CODE'],
    ['ja-JP', '認証コード CODE'],
    ['zh-CN', '验证码 CODE'],
    ['zh-Hant-TW', '驗證碼 CODE'],
    ['zh-HK', '驗證碼 CODE'],
    ['fr-CA', 'Votre code : CODE (30 minutes)'],
    ['de-DE', '인증번호 CODE'],
    ['no language', '인증번호 CODE'],
    [null, '인증번호 CODE'],
  ])('is the most specific one with templates: %s', async (locale, subject) => {
    expect((await mail(locale)).subject).toBe(subject);
  });

  it('has the templates of the purpose', async () => {
    const { subject, text } = await mail('fr', { purpose: 'login' });
    expect(subject).toBe('Connexion : CODE');
    expect(text).toBe('Votre code : CODE (30 minutes)\n');
  });

  it('is English for SMS that Korean carriers cannot transmit', async () => {
    for (const locale of ['ja', 'zh', 'zh-Hans-CN'])
      expect(await sms(locale)).toBe('Your verification code is CODE.');
    expect(await sms('zh-TW')).toBe('驗證碼 CODE');
    expect(await sms('fr')).toBe('인증번호는 [CODE]입니다.');
  });

  it('is named at start where SMS go out in English, in one line for each language', () => {
    const lines = app.log.map((line) => JSON.parse(line)).filter(({ msg }) => /go out in English/.test(msg));
    expect(lines.map(({ locale, channel, level }) => [locale, channel, level])).toEqual([
      ['ja', 'SMS', 30],
      ['zh', 'SMS', 30],
    ]);
  });

  it('belongs to the input of an idempotency key as it is understood', async () => {
    const key = (locale: string) => app.requestEmail(EMAIL, { locale, idempotencyKey: 'language' });
    const { id } = (await key('ja')).data.requestEmailCode;
    expect((await key('ja-JP')).data.requestEmailCode.id).toBe(id);
    expect((await key('zh')).errors![0]!.extensions.code).toBe('CONFLICT');
  });

  it('stays the same when the code is sent again, and is the default one when its templates were removed', async () => {
    const { id } = (await app.requestEmail(EMAIL, { locale: 'fr' })).data.requestEmailCode;
    await app.gql(RESEND, { id });
    expect((await newest(EMAIL, id)).subject).toBe('Votre code : CODE (30 minutes)');
    await app.restart({ TEMPLATES_DIR: '', DEFAULT_LOCALE: 'ja' });
    await app.gql(RESEND, { id });
    expect((await newest(EMAIL, id)).subject).toBe('認証コード CODE');
    expect((await mail('de')).subject).toBe('認証コード CODE');
    expect(await sms('de')).toBe('Your verification code is CODE.');
    await app.restart({ TEMPLATES_DIR: dir, DEFAULT_LOCALE: 'fr' });
    expect((await mail('de')).subject).toBe('Votre code : CODE (30 minutes)');
    expect(await sms('de')).toBe('Your verification code is CODE.');
  });
});

describe.each(DIALECTS)('an SMS in Japanese, on %s,', (dialect) => {
  it('reaches SENS in English and as one SMS', async () => {
    const sens = await FakeSens.start();
    const app = await TestApp.start(dialect, sens.environment);
    const { data } = await app.requestSms(NUMBER, { locale: 'ja' });
    await app.delivered(data.requestSmsCode.id);
    const [message] = await sens.waitForMessages(1);
    expect(message).toMatchObject({
      type: 'SMS',
      content: expect.stringMatching(/^Your verification code is \d{6}\.$/),
    });
    await app.close();
    await sens.close();
  });
});

it('a DEFAULT_LOCALE without templates stops the start', () => {
  expect(() => readConfig({ DEFAULT_LOCALE: 'fr' })).toThrow(
    /^DEFAULT_LOCALE: must be a language with templates; these are en, ja, ko, zh$/,
  );
  expect(() => readConfig({ DEFAULT_LOCALE: 'korean' })).toThrow(
    /^DEFAULT_LOCALE: must be a BCP 47 language tag/,
  );
  expect(readConfig({ DEFAULT_LOCALE: 'ZH-cn' }).templates.defaultLocale).toBe('zh-CN');
});
