import { type Liquid, type Template } from 'liquidjs';
import { MINUTE_MS } from '../../shared/clock';
import { type TemplateName } from './default-templates';
import { type Channel } from '../../recipients/channel';
import { validityText } from './validity';

export interface TemplateSettings {
  /**
   * The directory of the operator's own templates (`ko/sms.text.liquid` and so on), or null for only the
   * built-in ones.
   */
  dir?: string | null;
  /** '' for no name. */
  brandName: string;
  /** The domain of the WebOTP line in SMS, or null for none. */
  webOtpDomain?: string | null;
  /** The Android app hashes that may end an SMS instead of the WebOTP line. All have the same length. */
  appHashes?: readonly string[];
  /** Whether a text that is too long for an SMS may be sent as LMS. */
  allowLms: boolean;
  /** Number of digits of a code in an SMS. Whether the text fits depends on it. */
  smsCodeLength: number;
  /** Channels that are switched off. Their templates are neither read nor checked. */
  closedChannels?: readonly Channel[];
}

export interface RenderInput {
  channel: Channel;
  locale: 'ko' | 'en';
  code: string;
  /** An identifier on which templates may depend. The built-in ones never show it. */
  purpose: string;
  /** Remaining validity of the code, in milliseconds. */
  leftMs: number;
  /** SMS only: the app hash that ends the text. */
  appHash?: string | null;
}

export interface RenderedMessage {
  /** E-mail only. */
  subject?: string;
  text: string;
  /** E-mail only. */
  html?: string;
}

export interface ParsedTemplate {
  engine: Liquid;
  template: Template[];
  /** A built-in template. It shows the code and the validity, but neither the purpose nor the minutes. */
  builtIn: boolean;
}

/**
 * Placeholders for the code and the validity: characters of the private use area, which no built-in text
 * contains.
 */
const CODE_BLANK = '\uE000';
const VALIDITY_BLANK = '\uE001';
export const BLANKS = /[\uE000\uE001]/;

/**
 * Renders the texts of messages. The templates were checked when they were loaded, so rendering does no I/O
 * and does not fail for valid input.
 */
export class Templates {
  /** Built-in templates rendered with placeholders, by name. */
  private readonly forms = new Map<TemplateName, string>();

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
   * Renders the SMS with its last line, from which a program fills in the code: the app hash, or else the WebOTP line.
   * Browsers read the WebOTP line only if it is the last one (WICG, Origin-bound one-time codes). Android's SMS
   * Retriever passes the message to the app with this hash. The line is appended here, so no template can omit it.
   */
  smsText(input: RenderInput): string {
    const body = this.text(`${input.locale}/sms.text.liquid`, input).trim();
    const { webOtpDomain } = this.settings;
    const line = webOtpDomain ? `@${webOtpDomain} #${input.code}` : null;
    const hasLine = line !== null && body.split('\n').at(-1) === line;
    if (input.appHash) return `${hasLine ? withoutLastLine(body) : body}\n\n${input.appHash}`;
    return line === null || hasLine ? body : `${body}\n\n${line}`;
  }

  /** Renders one template, before its text is trimmed or completed. */
  text(name: TemplateName, { locale, code, purpose, leftMs }: RenderInput): string {
    const validity = validityText(locale, leftMs);
    if (this.parsed.get(name)!.builtIn)
      return this.form(name).replaceAll(CODE_BLANK, code).replaceAll(VALIDITY_BLANK, validity);
    return this.rendered(name, { code, validity, purpose, ttlMinutes: Math.floor(leftMs / MINUTE_MS) });
  }

  /**
   * Renders a built-in template with placeholders for the values that differ between messages, once per
   * template, because rendering is a measurable share of a verification. Templates of operators may process
   * the code, so they are rendered for each message.
   */
  private form(name: TemplateName): string {
    let form = this.forms.get(name);
    if (form === undefined) {
      form = this.rendered(name, { code: CODE_BLANK, validity: VALIDITY_BLANK, purpose: '', ttlMinutes: 0 });
      this.forms.set(name, form);
    }
    return form;
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

function withoutLastLine(text: string): string {
  return text.slice(0, Math.max(0, text.lastIndexOf('\n'))).trimEnd();
}
