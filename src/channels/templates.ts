import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { Liquid, type Template } from 'liquidjs';
import { DEFAULT_TEMPLATES, type TemplateName } from './default-templates';
import { type Channel } from './provider.types';
import { eucKrLength } from './sms/euc-kr';

export interface TemplateSettings {
  /** The operator's own templates, or null. */
  dir: string | null;
  brandName: string;
  /** The domain of the WebOTP line in SMS, or null for none. */
  webOtpDomain: string | null;
  /** Whether a text longer than an SMS may go as LMS. */
  allowLms: boolean;
  smsCodeLength: number;
}

export interface RenderInput {
  channel: Channel;
  locale: 'ko' | 'en';
  code: string;
  purpose: string;
  ttlMinutes: number;
}

export interface RenderedMessage {
  subject?: string;
  text: string;
  html?: string;
}

/** Templates that cannot be used, all of them at once. */
export class TemplateFaults extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'TemplateFaults';
  }
}

/** SENS cuts off what is longer, and sends it all the same. */
const SMS_BYTES = 90;
const LMS_BYTES = 2_000;
const LONGEST_TTL_MINUTES = 1_440;
const NAMES = Object.keys(DEFAULT_TEMPLATES) as TemplateName[];

const LIMITS = {
  strictVariables: true,
  strictFilters: true,
  parseLimit: 100_000,
  renderLimit: 500,
  memoryLimit: 1_000_000,
};

/** The messages' texts. Liquid is a language for people one does not fully trust: it cannot run code or read files. */
export class Templates {
  constructor(
    private readonly parsed: ReadonlyMap<TemplateName, { engine: Liquid; template: Template[] }>,
    private readonly settings: TemplateSettings,
  ) {}

  render(input: RenderInput): RenderedMessage {
    if (input.channel === 'SMS') return { text: this.smsText(input) };
    return {
      subject: this.part('email.subject', input).trim(),
      text: this.part('email.text', input),
      html: this.part('email.html', input),
    };
  }

  /** The WebOTP line must be the last (WICG, Origin-bound one-time codes): the browser fills in what follows `#`. */
  private smsText(input: RenderInput): string {
    const text = this.part('sms.text', input).trim();
    const { webOtpDomain } = this.settings;
    return webOtpDomain === null ? text : `${text}\n\n@${webOtpDomain} #${input.code}`;
  }

  private part(part: 'email.subject' | 'email.text' | 'email.html' | 'sms.text', input: RenderInput): string {
    const { engine, template } = this.parsed.get(`${input.locale}/${part}.liquid`)!;
    const { code, purpose, ttlMinutes } = input;
    return String(engine.renderSync(template, { brand: this.settings.brandName, code, purpose, ttlMinutes }));
  }
}

/**
 * Parses the built-in templates and the operator's, and renders each once with its longest values.
 *
 * @throws TemplateFaults with everything that is wrong: unknown files, syntax, unknown variables, a missing code, a
 *   subject of several lines, an SMS that is too long or has characters carriers cannot carry.
 */
export function loadTemplates(settings: TemplateSettings): Templates {
  const faults = settings.dir === null ? [] : unknownFiles(settings.dir);
  const escaping = new Liquid({ ...LIMITS, outputEscape: 'escape' });
  const plain = new Liquid(LIMITS);
  const parsed = new Map<TemplateName, { engine: Liquid; template: Template[] }>();
  for (const name of NAMES) {
    const engine = name.includes('.html.') ? escaping : plain;
    try {
      parsed.set(name, { engine, template: engine.parse(source(name, settings.dir)) });
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}`);
    }
  }
  if (faults.length > 0) throw new TemplateFaults(faults);
  const templates = new Templates(parsed, settings);
  const rendered = (['ko', 'en'] as const).flatMap((locale) => [
    ...checkEmail(templates, locale),
    ...checkSms(templates, locale, settings),
  ]);
  if (rendered.length > 0) throw new TemplateFaults(rendered);
  return templates;
}

function source(name: TemplateName, dir: string | null): string {
  const path = dir === null ? null : join(dir, name);
  return path !== null && existsSync(path) ? readFileSync(path, 'utf8') : DEFAULT_TEMPLATES[name];
}

/** A file that is never read is a typing mistake, and its author would wonder. */
function unknownFiles(dir: string): string[] {
  if (!existsSync(dir)) return [`TEMPLATES_DIR: ${dir} does not exist`];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => !(NAMES as string[]).includes(name))
    .map((name) => `${name}: is no known template; there are ${NAMES.join(', ')}`);
}

function longest(channel: Channel, locale: 'ko' | 'en', code: string): RenderInput {
  return { channel, locale, code, purpose: 'p'.repeat(32), ttlMinutes: LONGEST_TTL_MINUTES };
}

function checkEmail(templates: Templates, locale: 'ko' | 'en'): string[] {
  const code = '8888888888';
  return attempt(`${locale}/email`, () => {
    const { subject = '', text, html = '' } = templates.render(longest('EMAIL', locale, code));
    const faults: string[] = [];
    if (/[\r\n]/.test(subject)) faults.push(`${locale}/email.subject.liquid: must be one line`);
    if (subject === '') faults.push(`${locale}/email.subject.liquid: must not be empty`);
    if (!text.includes(code)) faults.push(`${locale}/email.text.liquid: must contain {{ code }}`);
    if (!html.includes(code)) faults.push(`${locale}/email.html.liquid: must contain {{ code }}`);
    return faults;
  });
}

function checkSms(templates: Templates, locale: 'ko' | 'en', settings: TemplateSettings): string[] {
  const name = `${locale}/sms.text.liquid`;
  const code = '8'.repeat(settings.smsCodeLength);
  return attempt(name, () => {
    const { text } = templates.render(longest('SMS', locale, code));
    const { bytes, unencodable } = eucKrLength(text);
    const limit = settings.allowLms ? LMS_BYTES : SMS_BYTES;
    const faults: string[] = [];
    if (!text.includes(code)) faults.push(`${name}: must contain {{ code }}`);
    if (unencodable.length > 0) faults.push(`${name}: carriers cannot carry ${unencodable.join(' ')}`);
    if (bytes > limit) faults.push(`${name}: can be ${bytes} EUC-KR bytes, ${limit} at most fit`);
    return faults;
  });
}

function attempt(name: string, check: () => string[]): string[] {
  try {
    return check();
  } catch (error) {
    return [`${name}: ${(error as Error).message}`];
  }
}
