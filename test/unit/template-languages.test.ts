import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DEFAULT_TEMPLATES } from '../../src/channels/templates/default-templates';
import { canonicalLanguage, languageChain } from '../../src/channels/templates/language';
import { loadTemplates } from '../../src/channels/templates/load-templates';
import { TemplateFaults } from '../../src/channels/templates/template-fault';
import { type RenderInput, type TemplateSettings } from '../../src/channels/templates/templates';
import { validityText } from '../../src/channels/templates/validity';

const SETTINGS: TemplateSettings = { brandName: '', allowLms: false, smsCodeLength: 6 };
const EMAIL: RenderInput = {
  channel: 'EMAIL',
  locale: 'ja',
  code: '604918',
  purpose: 'sign-up',
  leftMs: 29 * 60_000,
};
const SMS: RenderInput = { ...EMAIL, channel: 'SMS' };

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'templates-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(name: string, text = '{{ code }}'): void {
  mkdirSync(dirname(join(dir, name)), { recursive: true });
  writeFileSync(join(dir, name), text);
}

/** Writes an e-mail whose parts contain the given text. */
function writeEmail(directory: string, text: string): void {
  for (const part of ['subject', 'text', 'html'])
    write(`${directory}/email.${part}.liquid`, `${text} {{ code }}`);
}

function faults(settings: Partial<TemplateSettings> = {}): [variable: string, message: string][] {
  try {
    loadTemplates({ ...SETTINGS, dir, ...settings });
    return [];
  } catch (error) {
    if (!(error instanceof TemplateFaults)) throw error;
    return error.faults.map(({ variable, message }) => [variable, message]);
  }
}
const messages = (settings?: Partial<TemplateSettings>) => faults(settings).map(([, message]) => message);
const load = (settings: Partial<TemplateSettings> = {}) => loadTemplates({ ...SETTINGS, dir, ...settings });

describe('the languages of a tag', () => {
  it.each([
    ['ko', ['ko-Kore', 'ko']],
    ['en-US', ['en-US', 'en-Latn-US', 'en-Latn', 'en']],
    ['zh-Hant-TW', ['zh-Hant-TW', 'zh-Hant', 'zh-TW', 'zh']],
    ['zh-TW', ['zh-TW', 'zh-Hant-TW', 'zh-Hant', 'zh']],
    ['ZH_hant', ['zh-Hant', 'zh']],
    ['ca-ES-valencia', ['ca-ES-valencia', 'ca-ES', 'ca-Latn-ES', 'ca-Latn', 'ca']],
    ['en-US-u-hc-h12', ['en-US', 'en-Latn-US', 'en-Latn', 'en']],
    ['iw', ['he-Hebr', 'he']],
    ['en_US.UTF-8', ['en-Latn', 'en']],
    ['ko-!!', ['ko-Kore', 'ko']],
  ])('%s are the most specific one first', (tag, chain) => {
    expect(languageChain(tag)).toEqual(chain);
  });

  it.each(['', '-', 'x-private', 'korean', 'und', '한국어', 'a', '*', '../ko'])('%j are none', (tag) => {
    expect(languageChain(tag)).toEqual([]);
    expect(canonicalLanguage(tag)).toBeNull();
  });

  it('are remembered for a bounded number of tags', () => {
    for (let n = 0; n < 5_000; n++) expect(languageChain(`ko-x-${n}`)).toEqual(['ko-Kore', 'ko']);
  });
});

describe('the built-in messages in Japanese and Chinese', () => {
  it('are complete and contain the same facts as the Korean ones', () => {
    for (const name of Object.keys(DEFAULT_TEMPLATES)) {
      const korean = DEFAULT_TEMPLATES[name.replace(/^\w+/, 'ko')]!;
      for (const variable of ['code', 'validity', 'brand'])
        expect(`${name} ${DEFAULT_TEMPLATES[name]!.split(`{{ ${variable} }}`).length}`).toBe(
          `${name} ${korean.split(`{{ ${variable} }}`).length}`,
        );
    }
  });

  it.each([
    ['ja', '認証コード 604918', '有効時間は29分で', 'lang="ja"'],
    ['zh', '验证码 604918', '有效期为29分钟，', 'lang="zh-Hans"'],
  ])('are used for %s', (locale, subject, validity, lang) => {
    const mail = load().render({ ...EMAIL, locale });
    expect(mail.subject).toBe(subject);
    for (const part of [mail.text, mail.html]) expect(part).toContain(validity);
    expect(mail.html).toContain(lang);
    expect(mail.html).not.toContain('keep-all');
  });

  it('go out in English as SMS, with one notice for each language', () => {
    const templates = load({ brandName: 'Example', webOtpDomain: 'example.com' });
    for (const locale of ['ja', 'zh'])
      expect(templates.render({ ...SMS, locale }).text).toBe(
        '[Example] Your verification code is 604918.\n\n@example.com #604918',
      );
    expect(templates.notices).toEqual([
      {
        locale: 'ja',
        channel: 'SMS',
        message: 'SMS in this language go out in English: Korean carriers cannot transmit 証 ー',
      },
      {
        locale: 'zh',
        channel: 'SMS',
        message: 'SMS in this language go out in English: Korean carriers cannot transmit 您 验 证 码',
      },
    ]);
    expect(load({ closedChannels: ['SMS'] }).notices).toEqual([]);
  });

  it('go out with the English templates of the operator and of the purpose', () => {
    write('en/sms.text.liquid', 'Code {{ code }}');
    write('en/login/sms.text.liquid', 'Log in {{ code }} ({{ validity }})');
    const templates = load();
    expect(templates.render(SMS).text).toBe('Code 604918');
    expect(templates.render({ ...SMS, purpose: 'login' }).text).toBe('Log in 604918 (29 minutes)');
  });

  it('go out in their language when the operator has a text that carriers can transmit', () => {
    write('ja/sms.text.liquid', '確認コ-ド {{ code }}');
    write('zh-Hant/sms.text.liquid', '驗證碼 {{ code }}，{{ validity }}');
    const templates = load();
    expect(templates.render(SMS).text).toBe('確認コ-ド 604918');
    expect(templates.render({ ...SMS, locale: 'zh-TW' }).text).toBe('驗證碼 604918，29分鐘');
    expect(templates.notices.map(({ locale }) => locale)).toEqual(['zh']);
  });

  it('stop the start when the operator has a text that carriers cannot transmit', () => {
    write('ja/sms.text.liquid', DEFAULT_TEMPLATES['ja/sms.text.liquid']);
    write('zh/login/sms.text.liquid', '验证码 {{ code }}');
    expect(messages()).toEqual([
      'ja/sms.text.liquid: Korean carriers cannot transmit "証" (U+8A3C), "ー" (U+30FC); remove it',
      expect.stringMatching(/^zh\/login\/sms\.text\.liquid: Korean carriers cannot transmit "验"/),
    ]);
  });
});

describe('the language of a message', () => {
  it('is the most specific one with templates', () => {
    writeEmail('zh-Hant-TW', 'zh-Hant-TW');
    writeEmail('zh-Hant', 'zh-Hant');
    writeEmail('pt', 'pt');
    const templates = load();
    for (const [tag, language] of [
      ['zh-Hant-TW', 'zh-Hant-TW'],
      ['zh-TW', 'zh-Hant-TW'],
      ['zh-Hant-HK', 'zh-Hant'],
      ['zh-MO', 'zh-Hant'],
      ['zh-Hans-CN', 'zh'],
      ['zh-SG', 'zh'],
      ['zh', 'zh'],
      ['pt-BR', 'pt'],
      ['fr', 'ko'],
      ['not a tag', 'ko'],
      [null, 'ko'],
    ] as const)
      expect([tag, templates.languageOf(tag, 'EMAIL', 'sign-up')]).toEqual([tag, language]);
    expect(templates.render({ ...EMAIL, locale: 'zh-Hant-TW' }).subject).toBe('zh-Hant-TW 604918');
  });

  it('is DEFAULT_LOCALE without templates, which may be any language with templates', () => {
    writeEmail('fr', 'fr');
    write('fr/sms.text.liquid', 'Votre code : {{ code }}');
    const templates = load({ defaultLocale: 'fr-CA' });
    expect(templates.languageOf('de', 'EMAIL', 'sign-up')).toBe('fr');
    expect(templates.render({ ...SMS, locale: 'de' }).text).toBe('Votre code : 604918');
    expect(templates.notices.map(({ locale }) => locale)).toEqual(['ja', 'zh']);
    expect(faults({ defaultLocale: 'pt-BR' })).toEqual([
      ['DEFAULT_LOCALE', 'must be a language with templates; these are en, fr, ja, ko, zh'],
    ]);
  });

  it('is English on a channel on which DEFAULT_LOCALE has no templates, and the start says so', () => {
    writeEmail('fr', 'fr');
    const templates = load({ defaultLocale: 'fr' });
    expect(templates.languageOf('de', 'SMS', 'sign-up')).toBe('en');
    expect(templates.languageOf('fr', 'SMS', 'sign-up')).toBe('en');
    expect(templates.notices.at(-1)).toEqual({
      locale: 'fr',
      channel: 'SMS',
      message: 'DEFAULT_LOCALE has no templates for SMS, so English takes its place there',
    });
  });

  it('may have templates for one purpose only', () => {
    writeEmail('fr/login', 'connexion');
    const templates = load();
    expect(templates.languageOf('fr', 'EMAIL', 'login')).toBe('fr');
    expect(templates.languageOf('fr', 'EMAIL', 'sign-up')).toBe('ko');
    expect(templates.render({ ...EMAIL, locale: 'fr', purpose: 'login' }).subject).toBe('connexion 604918');
  });

  it('comes before the purpose', () => {
    writeEmail('en-GB', 'en-GB');
    writeEmail('en/login', 'login');
    const { render } = bound();
    expect(render('en-GB', 'login')).toBe('en-GB 604918');
    expect(render('en-US', 'login')).toBe('login 604918');
  });

  it('takes missing parts from the same language without its region', () => {
    write('en-GB/email.subject.liquid', 'Colour {{ code }}');
    const mail = load().render({ ...EMAIL, locale: 'en-GB' });
    expect(mail.subject).toBe('Colour 604918');
    expect(mail.text).toContain('Your verification code: 604918');
  });

  it('is another one when its templates were removed after the verification was created', () => {
    expect(load().render({ ...EMAIL, locale: 'fr' }).subject).toBe('인증번호 604918');
    expect(load({ defaultLocale: 'en' }).render({ ...SMS, locale: 'fr' }).text).toContain(
      'Your verification',
    );
  });

  const bound = () => {
    const templates = load();
    return {
      render: (locale: string, purpose: string) => templates.render({ ...EMAIL, locale, purpose }).subject,
    };
  };
});

describe('directories of languages', () => {
  it('are compared by their canonical names', () => {
    writeEmail('ZH-hant', 'zh-Hant');
    write('EN/sms.text.liquid', 'Code {{ code }}');
    writeEmail('iw', 'he');
    const templates = load();
    expect(templates.render({ ...EMAIL, locale: 'zh-Hant-TW' }).subject).toBe('zh-Hant 604918');
    expect(templates.render({ ...SMS, locale: 'en' }).text).toBe('Code 604918');
    expect(templates.languageOf('he-IL', 'EMAIL', 'sign-up')).toBe('he');
  });

  it('must not be two for one language', () => {
    writeEmail('zh-hant', 'one');
    writeEmail('zh-Hant', 'two');
    write('iw/sms.text.liquid');
    write('he/sms.text.liquid');
    expect(messages().sort()).toEqual([
      'iw: is the same language as he (he); keep one of the two',
      expect.stringMatching(/^zh-hant: is the same language as zh-Hant \(zh-Hant\); keep one of the two$/),
    ]);
  });

  it('must be the name of a language', () => {
    for (const name of ['korean', 'zh_TW', 'images', 'und']) write(`${name}/sms.text.liquid`);
    expect(messages()).toHaveLength(4);
    expect(messages()[3]).toBe(
      'zh_TW/sms.text.liquid: zh_TW is not a language; write a BCP 47 tag such as ko, pt-BR or zh-Hant',
    );
  });

  it('must have all parts of an e-mail', () => {
    write('fr/email.subject.liquid');
    writeEmail('de', 'de');
    rmSync(join(dir, 'de/email.html.liquid'));
    write('it/login/email.text.liquid');
    write('es/sms.text.liquid');
    expect(faults()).toEqual([
      ['TEMPLATES_DIR', 'de: must have email.html.liquid too'],
      ['TEMPLATES_DIR', 'fr: must have email.text.liquid and email.html.liquid too'],
      ['TEMPLATES_DIR', 'it/login: must have email.subject.liquid and email.html.liquid too'],
    ]);
  });
});

describe('the validity in words', () => {
  it.each([
    ['ja', '1時間29分', '119秒', '1秒未満'],
    ['zh', '1小时29分钟', '119秒', '不到1秒'],
    ['zh-Hant', '1小時29分鐘', '119秒', '不到1秒'],
    ['zh-TW', '1小時29分鐘', '119秒', '不到1秒'],
    ['ko-KR', '1시간 29분', '119초', '1초 미만'],
    ['en-GB', '1 hour 29 minutes', '119 seconds', 'less than a second'],
    ['fr', '1 heure 29 minutes', '119 secondes', '< 1 seconde'],
    ['de', '1 Stunde 29 Minuten', '119 Sekunden', '< 1 Sekunde'],
    ['fa', '1 ساعت 29 دقیقه', '119 ثانیه', '< 1 ثانیه'],
  ])('is that of the language %s', (language, minutes, seconds, less) => {
    expect([89 * 60_000 + 59_999, 119_999, 999].map((leftMs) => validityText(language, leftMs))).toEqual([
      minutes,
      seconds,
      less,
    ]);
  });

  it('has only spaces that carriers can transmit', () => {
    for (const language of ['fr', 'fr-CA', 'de', 'es', 'pt', 'ru', 'pl', 'uk', 'vi'])
      for (const leftMs of [1_000, 61_000, 3_660_000])
        expect(validityText(language, leftMs)).not.toMatch(/[\u00a0\u202f]/);
  });
});
