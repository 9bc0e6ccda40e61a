import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DEFAULT_TEMPLATES } from '../../src/channels/templates/default-templates';
import { eucKrLength } from '../../src/channels/sms/euc-kr';
import { loadTemplates } from '../../src/channels/templates/load-templates';
import { TemplateFaults } from '../../src/channels/templates/template-fault';
import { type RenderInput, type TemplateSettings } from '../../src/channels/templates/templates';

const SETTINGS: TemplateSettings = { brandName: '인증 & Co', allowLms: false, smsCodeLength: 6 };
const EMAIL: RenderInput = {
  channel: 'EMAIL',
  locale: 'ko',
  code: '604918',
  purpose: 'sign-up',
  leftMs: 30 * 60_000,
};
const SMS: RenderInput = { ...EMAIL, channel: 'SMS', leftMs: 5 * 60_000 };

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'templates-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(dir, name)), { recursive: true });
  writeFileSync(join(dir, name), text);
}

function faults(settings: Partial<TemplateSettings> = {}): string[] {
  try {
    loadTemplates({ ...SETTINGS, dir, ...settings });
    return [];
  } catch (error) {
    if (error instanceof TemplateFaults) return error.faults.map(({ message }) => message);
    throw error;
  }
}

describe('the built-in messages', () => {
  it('contain the brand and the code in the subject, and the code without gaps in every part', () => {
    const templates = loadTemplates(SETTINGS);
    const korean = templates.render(EMAIL);
    expect(korean.subject).toBe('[인증 & Co] 인증번호 604918');
    const english = templates.render({ ...EMAIL, locale: 'en' });
    expect(english.subject).toBe('[인증 & Co] Your verification code is 604918');
    for (const { text, html } of [korean, english]) {
      expect(text).toContain('604918');
      expect(html).toContain('>604918<');
    }
  });

  it.each([
    [86_400_000, '24시간', '24 hours'],
    [86_399_999, '23시간 59분', '23 hours 59 minutes'],
    [5_400_000, '1시간 30분', '1 hour 30 minutes'],
    [3_660_000, '1시간 1분', '1 hour 1 minute'],
    [3_600_000, '1시간', '1 hour'],
    [1_799_999, '29분', '29 minutes'],
    [120_000, '2분', '2 minutes'],
    [119_999, '119초', '119 seconds'],
    [55_000, '55초', '55 seconds'],
    [1_000, '1초', '1 second'],
    [999, '1초 미만', 'less than a second'],
  ])('say that a code with %d ms left is valid for %s, %s', (leftMs, ko, en) => {
    const templates = loadTemplates(SETTINGS);
    const korean = templates.render({ ...EMAIL, leftMs });
    const english = templates.render({ ...EMAIL, leftMs, locale: 'en' });
    for (const part of [korean.text, korean.html]) expect(part).toContain(` ${ko} 동안 유효`);
    for (const part of [english.text, english.html]) expect(part).toContain(`valid for ${en} and`);
  });

  it('escape the brand in HTML but not in text', () => {
    const { subject, text, html } = loadTemplates({ ...SETTINGS, brandName: '<b>A&B</b>' }).render(EMAIL);
    expect(html).toContain('&lt;b&gt;A&amp;B&lt;/b&gt;');
    expect(html).not.toContain('<b>');
    expect(subject).toContain('[<b>A&B</b>]');
    expect(text).toContain('<b>A&B</b>');
  });

  it('load nothing from the network, support dark mode and declare their language', () => {
    const { html } = loadTemplates(SETTINGS).render({ ...EMAIL, locale: 'en' });
    expect(html).toContain('<html lang="en">');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).not.toMatch(/https?:|<img|url\(|@import|<script/i);
  });

  it('are the same as when Liquid renders them, although they are rendered once and the code is filled in later', () => {
    const builtIn = loadTemplates(SETTINGS);
    // The templates of an operator are rendered each time.
    for (const [name, text] of Object.entries(DEFAULT_TEMPLATES))
      if (!/^(ja|zh)\/sms/.test(name)) write(name, `${text}{% comment %}{% endcomment %}`);
    const own = loadTemplates({ ...SETTINGS, dir });
    for (const code of ['604918', '000000', '12345678'])
      for (const leftMs of [999, 61_000, 3_600_000])
        for (const channel of ['EMAIL', 'SMS'] as const)
          for (const locale of ['ko', 'en', 'ja', 'zh']) {
            const input = { ...EMAIL, channel, locale, code, leftMs };
            expect(builtIn.render(input)).toEqual(own.render(input));
          }
  });

  it('do not contain the purpose', () => {
    const templates = loadTemplates(SETTINGS);
    for (const locale of ['ko', 'en', 'ja', 'zh']) {
      for (const channel of ['EMAIL', 'SMS'] as const) {
        const message = templates.render({ ...EMAIL, locale, channel, purpose: 'zzz-purpose' });
        expect(JSON.stringify(message)).not.toContain('zzz-purpose');
      }
    }
  });

  it('are one short SMS, with and without the brand', () => {
    const branded = loadTemplates(SETTINGS);
    expect(branded.render(SMS)).toEqual({ text: '[인증 & Co] 인증번호는 [604918]입니다.' });
    expect(branded.render({ ...SMS, locale: 'en' }).text).toBe(
      '[인증 & Co] Your verification code is 604918.',
    );
    const plain = loadTemplates({ ...SETTINGS, brandName: '' });
    expect(plain.render(SMS).text).toBe('인증번호는 [604918]입니다.');
    expect(eucKrLength(plain.render(SMS).text).bytes).toBe(26);
    expect(plain.render({ ...SMS, locale: 'en' }).text).toBe('Your verification code is 604918.');
    expect(plain.render(EMAIL).subject).toBe('인증번호 604918');
  });

  it('end with the line for browsers when a WebOTP domain is set', () => {
    const templates = loadTemplates({ ...SETTINGS, webOtpDomain: 'app.example.com' });
    expect(templates.render(SMS).text).toBe(
      '[인증 & Co] 인증번호는 [604918]입니다.\n\n@app.example.com #604918',
    );
  });
});

describe('an app hash', () => {
  const appHash = 'FA+9qCX9VSu';

  it('is the last line of an SMS instead of the WebOTP line', () => {
    expect(loadTemplates(SETTINGS).render({ ...SMS, appHash }).text).toBe(
      '[인증 & Co] 인증번호는 [604918]입니다.\n\nFA+9qCX9VSu',
    );
    const withLine = loadTemplates({ ...SETTINGS, webOtpDomain: 'app.example.com' });
    expect(withLine.render({ ...SMS, appHash })).toEqual(loadTemplates(SETTINGS).render({ ...SMS, appHash }));
  });

  it('replaces the WebOTP line that an operator wrote into the template', () => {
    write('ko/sms.text.liquid', 'Code {{ code }}\n\n@{{ webOtpDomain }} #{{ code }}\n');
    const templates = loadTemplates({ ...SETTINGS, dir, webOtpDomain: 'example.com' });
    expect(templates.render({ ...SMS, appHash }).text).toBe('Code 604918\n\nFA+9qCX9VSu');
  });
});

describe('templates of the operator', () => {
  it('replace only the built-in ones of the same name', () => {
    write('ko/sms.text.liquid', '\uFEFF{{ brand }} 확인번호 {{ code }}\r\n{{ ttlMinutes }}분 안에\r\n');
    const templates = loadTemplates({ ...SETTINGS, dir });
    expect(templates.render(SMS).text).toBe('인증 & Co 확인번호 604918\n5분 안에');
    expect(templates.render({ ...SMS, locale: 'en' }).text).toContain('verification code');
  });

  it('can choose words by the purpose and write the WebOTP line themselves', () => {
    write('en/email.subject.liquid', '{% if purpose == "sign-up" %}Welcome{% else %}Hello{% endif %}\n');
    write('en/sms.text.liquid', 'Code {{ code }}\n@{{ webOtpDomain }} #{{ code }}\n');
    const templates = loadTemplates({ ...SETTINGS, dir, webOtpDomain: 'example.com' });
    expect(templates.render({ ...EMAIL, locale: 'en' }).subject).toBe('Welcome');
    expect(templates.render({ ...EMAIL, locale: 'en', purpose: 'login' }).subject).toBe('Hello');
    expect(templates.render({ ...SMS, locale: 'en' }).text).toBe('Code 604918\n@example.com #604918');
  });

  it('can name the validity in words, whose longest value is used for the length check', () => {
    write('ko/sms.text.liquid', '번호 {{ code }}, {{ validity }} 안에, {{ ttlMinutes }}');
    const templates = loadTemplates({ ...SETTINGS, dir });
    expect(templates.render({ ...SMS, leftMs: 299_999 }).text).toBe('번호 604918, 4분 안에, 4');
    expect(templates.render({ ...SMS, leftMs: 59_000 }).text).toBe('번호 604918, 59초 안에, 0');
    write('ko/sms.text.liquid', `${'가'.repeat(37)}{{ code }}{{ validity }}`);
    expect(faults()).toEqual([expect.stringContaining('has 91 bytes')]);
  });

  it('are found through the links of a mounted ConfigMap', () => {
    write('..2026_01/ko/sms.text.liquid', '번호 {{ code }}');
    symlinkSync('..2026_01', join(dir, '..data'));
    symlinkSync('..data/ko', join(dir, 'ko'));
    expect(loadTemplates({ ...SETTINGS, dir }).render(SMS).text).toBe('번호 604918');
  });

  it('are escaped in HTML unless they request otherwise', () => {
    write('ko/email.html.liquid', '<p>{{ brand }} {{ brand | raw }} {{ code }}</p>');
    expect(loadTemplates({ ...SETTINGS, dir }).render(EMAIL).html).toBe(
      '<p>인증 &amp; Co 인증 & Co 604918</p>',
    );
  });
});

describe('templates of a purpose', () => {
  const login = { name: 'login', channels: ['EMAIL', 'SMS'], smsCodeLength: 6 } as const;

  it('replace those of the language part by part', () => {
    write('ko/login/sms.text.liquid', '로그인 {{ code }}');
    write('ko/login/email.subject.liquid', 'Log in: {{ code }}');
    write('ko/email.subject.liquid', 'Code: {{ code }}');
    const templates = loadTemplates({ ...SETTINGS, dir });
    const subject = (purpose: string) => templates.render({ ...EMAIL, purpose }).subject;
    expect([subject('login'), subject('sign-up')]).toEqual(['Log in: 604918', 'Code: 604918']);
    expect(templates.render({ ...SMS, purpose: 'login' }).text).toBe('로그인 604918');
    expect(templates.render({ ...EMAIL, purpose: 'login' }).text).toContain('인증번호: 604918');
    expect(templates.render({ ...SMS, purpose: 'login', locale: 'en' }).text).toContain('verification code');
  });

  it('must have the name of a purpose and of a template', () => {
    write('ko/login/sms.txt.liquid', '{{ code }}');
    write('ko/Login/sms.text.liquid', '{{ code }}');
    write('ko/login/more/sms.text.liquid', '{{ code }}');
    expect(faults().sort()).toEqual([
      'ko/Login/sms.text.liquid: Login is not the name of a purpose',
      expect.stringMatching(/^ko\/login\/more: is not the name of a template/),
      expect.stringMatching(/^ko\/login\/sms\.txt\.liquid: is not the name of a template/),
    ]);
  });

  it('must belong to a listed purpose if no other is allowed', () => {
    write('ko/logn/sms.text.liquid', '{{ code }}');
    write('ko/login/sms.text.liquid', '{{ code }}');
    expect(faults({ purposes: [login] })).toEqual([]);
    expect(faults({ purposes: [login], strictPurposes: true })).toEqual([
      'ko/logn/sms.text.liquid: PURPOSES_FILE does not list the purpose logn, and allows only listed ones (strict)',
    ]);
  });

  it('are checked with the length of its codes, which its other messages have too', () => {
    const long = { ...login, smsCodeLength: 10 };
    const brandName = '가'.repeat(27);
    expect(faults({ brandName })).toEqual([]);
    expect(faults({ brandName, purposes: [long] })).toEqual([
      expect.stringMatching(/^en\/sms\.text\.liquid: has 9\d bytes .* \(for the purpose login\)$/),
    ]);
    expect(faults({ brandName, purposes: [{ ...long, channels: ['EMAIL'] }] })).toEqual([]);
    write('en/login/sms.text.liquid', '{{ code }}');
    expect(faults({ brandName, purposes: [long] })).toEqual([]);
    write('ko/login/sms.text.liquid', `${'가'.repeat(41)}{{ code }}`);
    expect(faults({ purposes: [login] })).toEqual([]);
    expect(faults({ purposes: [long] })).toEqual([
      expect.stringMatching(/^ko\/login\/sms\.text\.liquid: has 92 bytes/),
    ]);
  });

  it('are checked for what an operator writes for one purpose alone', () => {
    write('en/email.text.liquid', '{% if purpose != "login" %}{{ code }}{% endif %}');
    expect(faults()).toEqual([]);
    expect(faults({ purposes: [login] })).toEqual([
      'en/email.text.liquid: must contain {{ code }} (for the purpose login)',
    ]);
    expect(faults({ purposes: [{ ...login, name: 'sign-up' }] })).toEqual([
      'en/email.text.liquid: must contain {{ code }}',
    ]);
  });

  it('are not read while their channel is switched off', () => {
    write('ko/login/sms.text.liquid', 'no code');
    expect(faults({ closedChannels: ['SMS'] })).toEqual([]);
  });
});

describe('faults of templates', () => {
  it('are all reported at once, by file', () => {
    write('ko/sms.txt.liquid', 'x');
    write('ko/sms.text.liquid', '{{ kode }}');
    write('ko/email.subject.liquid', 'one\ntwo');
    write('ko/email.text.liquid', 'no code at all');
    write('ko/email.html.liquid', '{% if brand %}{{ code }}');
    write('en/email.subject.liquid', '  \n');
    write('en/email.text.liquid', '{{ code | shout }}');
    write('readme.md', 'x');
    const found = faults().sort();
    expect(found.map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual([
      'en/email.subject.liquid',
      'en/email.text.liquid',
      'ko/email.html.liquid',
      'ko/email.subject.liquid',
      'ko/email.text.liquid',
      'ko/sms.text.liquid',
      'ko/sms.txt.liquid',
      'readme.md',
    ]);
    expect(found[3]).toBe('ko/email.subject.liquid: must be one line');
    expect(found[4]).toBe('ko/email.text.liquid: must contain {{ code }}');
    expect(found[5]).toContain('there is no variable "kode"; the variables are brand, code,');
    expect(found[6]).toContain('is not the name of a template; write <language>/<file> or');
  });

  it('include variables in branches that are not taken', () => {
    write('en/email.text.liquid', '{{ code }}{% if brand == "nobody" %}{{ nmae }}{% endif %}');
    expect(faults()).toEqual([expect.stringContaining('"nmae"')]);
  });

  it('include an SMS that is too long, with its bytes, unless LMS is allowed', () => {
    const brandName = '가'.repeat(40);
    expect(faults({ brandName })).toEqual([
      expect.stringMatching(
        /^ko\/sms\.text\.liquid: has 109 bytes .*an SMS holds at most 90; .*SMS_ALLOW_LMS=on/,
      ),
      expect.stringMatching(/^en\/sms\.text\.liquid: has 116 bytes/),
    ]);
    expect(faults({ brandName, allowLms: true })).toEqual([]);
    expect(faults({ brandName: '가'.repeat(1_000), allowLms: true })[0]).toContain(
      'an LMS holds at most 2000',
    );
  });

  it('count the WebOTP line and the longest code', () => {
    const brandName = '가'.repeat(16);
    const webOtpDomain = 'app.example';
    expect(faults({ brandName, webOtpDomain })).toEqual([]);
    const found = faults({ brandName, webOtpDomain, smsCodeLength: 10 });
    expect(found).toEqual([expect.stringContaining('has 91 bytes'), expect.stringContaining('has 98 bytes')]);
  });

  it('count an app hash in place of the WebOTP line', () => {
    const appHashes = ['FA+9qCX9VSu'];
    const webOtpDomain = 'app.example';
    expect(faults({ appHashes, webOtpDomain })).toEqual([]);
    const found = faults({ appHashes, brandName: '가'.repeat(25) });
    expect(found).toEqual([
      expect.stringMatching(
        /^ko\/sms\.text\.liquid: has 92 bytes in EUC-KR with BRAND_NAME, an app hash and the longest values, but an SMS/,
      ),
      expect.stringMatching(/^en\/sms\.text\.liquid: has 99 bytes/),
    ]);
  });

  it('include a code that is only in the WebOTP line, which an app hash replaces', () => {
    write('ko/sms.text.liquid', 'Example\n@{{ webOtpDomain }} #{{ code }}');
    const settings = { webOtpDomain: 'app.example', appHashes: ['FA+9qCX9VSu'] };
    expect(faults({ ...settings, appHashes: [] })).toEqual([]);
    expect(faults(settings)).toEqual([
      'ko/sms.text.liquid: must contain {{ code }} outside the WebOTP line, which an app hash replaces',
    ]);
  });

  it('name the characters that carriers cannot transmit', () => {
    write('ko/sms.text.liquid', '번호 {{ code }}\u200b');
    expect(faults({ brandName: '꽃🌸' })).toEqual([
      expect.stringContaining('"\u200b" (U+200B)'),
      expect.stringContaining('"🌸" (U+1F338) (see BRAND_NAME)'),
    ]);
  });

  it('include templates that read files, and a directory that does not exist', () => {
    write('ko/email.text.liquid', '{{ code }}{% include "../../secret" %}');
    write('en/email.text.liquid', '{{ code }}{% render "ko/sms.text.liquid" %}');
    expect(faults()).toEqual([
      expect.stringContaining('"include" not found'),
      expect.stringContaining('"render"'),
    ]);
    expect(faults({ dir: join(dir, 'absent') })).toEqual(['names a directory that cannot be read (ENOENT)']);
  });
});
