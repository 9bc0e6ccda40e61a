import { Liquid, type Template } from 'liquidjs';
import { MINUTE_MS } from '../../shared/clock';
import { memo } from '../../shared/memo';
import { DEFAULT_TEMPLATES, type TemplateName, TEMPLATE_NAMES } from './default-templates';
import { type Channel } from '../provider.types';
import { checkRendered, unknownVariables } from './template-check';
import { readTemplateSources } from './template-files';
import { validityText } from './validity';

export interface TemplateSettings {
  /** The operator's own templates (`ko/sms.text.liquid` and so on), or null for the built-in ones alone. */
  dir?: string | null;
  /** '' for none. */
  brandName: string;
  /** The domain of the WebOTP line in SMS, or null for none. */
  webOtpDomain?: string | null;
  /** Whether a text longer than an SMS may go as LMS. */
  allowLms: boolean;
  /** Digits of a code in an SMS, which decide whether the text fits. */
  smsCodeLength: number;
  /** Channels that are switched off: their templates are neither read nor checked. */
  closedChannels?: readonly Channel[];
}

export interface RenderInput {
  channel: Channel;
  locale: 'ko' | 'en';
  code: string;
  /** A word between programs: templates may choose by it, and the built-in ones never show it. */
  purpose: string;
  /** What is left of the code's life, in milliseconds. */
  leftMs: number;
}

export interface RenderedMessage {
  /** E-mail only. */
  subject?: string;
  text: string;
  /** E-mail only. */
  html?: string;
}

interface ParsedTemplate {
  engine: Liquid;
  template: Template[];
  /** Built in: it shows the code as it is, and names the validity but neither the purpose nor the minutes. */
  builtIn: boolean;
}

/** Stand where the code and the validity will be: characters of the private use area, which no text of ours has. */
const CODE_BLANK = '\uE000';
const VALIDITY_BLANK = '\uE001';
const BLANKS = /[\uE000\uE001]/;

/** Why a template cannot be used, and the setting by which the operator can change that. */
export interface TemplateFault {
  variable: 'TEMPLATES_DIR' | 'BRAND_NAME' | 'SMS_WEBOTP_DOMAIN';
  message: string;
}

/** Templates that cannot be used, with every fault of them. */
export class TemplateFaults extends Error {
  constructor(readonly faults: readonly TemplateFault[]) {
    super(faults.map(({ variable, message }) => `${variable}: ${message}`).join('\n'));
    this.name = 'TemplateFaults';
  }
}

/** The texts of the messages, checked when they were loaded: rendering does no I/O and does not fail on good input. */
export class Templates {
  /**
   * The built-in texts with blanks for what differs between messages. To render one anew takes a sixteenth of the time
   * of a verification. Operators' templates may do anything with the code, so they are rendered each time.
   */
  private readonly form = memo((name: TemplateName) =>
    this.rendered(name, { code: CODE_BLANK, validity: VALIDITY_BLANK, purpose: '', ttlMinutes: 0 }),
  );

  constructor(
    private readonly parsed: ReadonlyMap<TemplateName, ParsedTemplate>,
    private readonly settings: TemplateSettings,
  ) {}

  render(input: RenderInput): RenderedMessage {
    const { locale } = input;
    if (input.channel === 'SMS') return { text: this.smsText(input) };
    return {
      subject: this.text(`${locale}/email.subject.liquid`, input).trim(),
      text: `${this.text(`${locale}/email.text.liquid`, input).trim()}\n`,
      html: this.text(`${locale}/email.html.liquid`, input),
    };
  }

  /**
   * The SMS with its WebOTP line. The browser fills in the code only when that line is the message's last (WICG,
   * Origin-bound one-time codes), so it is put there here, where no template can forget it.
   */
  smsText(input: RenderInput): string {
    const body = this.text(`${input.locale}/sms.text.liquid`, input).trim();
    if (!this.settings.webOtpDomain) return body;
    const line = `@${this.settings.webOtpDomain} #${input.code}`;
    return body.split('\n').at(-1) === line ? body : `${body}\n\n${line}`;
  }

  /** One template as it is written, before it is trimmed or completed. */
  text(name: TemplateName, { locale, code, purpose, leftMs }: RenderInput): string {
    const validity = validityText(locale, leftMs);
    if (this.parsed.get(name)!.builtIn)
      return this.form(name).replaceAll(CODE_BLANK, code).replaceAll(VALIDITY_BLANK, validity);
    return this.rendered(name, { code, validity, purpose, ttlMinutes: Math.floor(leftMs / MINUTE_MS) });
  }

  private rendered(
    name: TemplateName,
    varying: Record<'code' | 'validity' | 'purpose', string> & { ttlMinutes: number },
  ): string {
    const { engine, template } = this.parsed.get(name)!;
    const { brandName: brand, webOtpDomain } = this.settings;
    const variables = { brand, ...varying, webOtpDomain: webOtpDomain ?? '' };
    return engine.renderSync(template, variables) as string;
  }
}

/**
 * Parses the built-in templates and the operator's files that replace them, and renders each with its longest values.
 *
 * @throws TemplateFaults with every fault: unknown files, syntax, unknown variables, a missing code, a subject of
 *   several lines, an SMS that is too long or has characters that carriers cannot carry.
 */
export function loadTemplates(settings: TemplateSettings): Templates {
  const { sources, problems } = readTemplateSources(settings.dir ?? null);
  const faults = problems.map((message): TemplateFault => ({ variable: 'TEMPLATES_DIR', message }));
  const plain = createEngine();
  const escaping = createEngine('escape');
  const parsed = new Map<TemplateName, ParsedTemplate>();
  const templates = new Templates(parsed, settings);
  for (const name of TEMPLATE_NAMES) {
    const engine = name.endsWith('.html.liquid') ? escaping : plain;
    const closed = settings.closedChannels?.includes(channelOf(name)) ?? false;
    const source = closed ? DEFAULT_TEMPLATES[name] : sources[name];
    const builtIn = source === DEFAULT_TEMPLATES[name];
    const add = (messages: readonly string[]) =>
      faults.push(...messages.map((message) => ({ variable: causeOf(builtIn, settings), message })));
    try {
      const template = engine.parse(source);
      parsed.set(name, { engine, template, builtIn: builtIn && !BLANKS.test(settings.brandName) });
      if (closed) continue;
      const unknown = unknownVariables(name, engine, template);
      // Rendering would stop at the same variable and report nothing more.
      add(unknown.length > 0 ? unknown : checkRendered(name, templates, settings));
    } catch (error) {
      add([`${name}: ${(error as Error).message}`]);
    }
  }
  if (faults.length > 0) throw new TemplateFaults(faults);
  return templates;
}

function channelOf(name: TemplateName): Channel {
  return name.includes('/sms.') ? 'SMS' : 'EMAIL';
}

/** A built-in template is right by itself, so what is put into it must be wrong. */
function causeOf(builtIn: boolean, { brandName }: TemplateSettings): TemplateFault['variable'] {
  if (!builtIn) return 'TEMPLATES_DIR';
  return brandName === '' ? 'SMS_WEBOTP_DOMAIN' : 'BRAND_NAME';
}

/** Liquid, since it can neither run code nor, without the tags that name files, read anything but its variables. */
function createEngine(outputEscape?: 'escape'): Liquid {
  const engine = new Liquid({
    ...(outputEscape && { outputEscape }),
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    templates: {},
    parseLimit: 100_000,
    renderLimit: 1_000,
    memoryLimit: 1_000_000,
  });
  for (const tag of ['include', 'render', 'layout', 'block']) delete engine.tags[tag];
  return engine;
}
