import { MINUTE_MS } from '../../shared/clock';
import { type Channel } from '../../recipients/channel';
import { type ParsedTemplate, type TemplateCatalog } from './template-catalog';
import { type TemplatePart } from './template-name';
import { validityText } from './validity';

export interface TemplateSettings {
  /**
   * The directory of the operator's own templates (`ko/sms.text.liquid` and so on), or null for only the
   * built-in ones.
   */
  dir?: string | null;
  /** The language of messages when there are no templates in the requested language; Korean by default. */
  defaultLocale?: string;
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
  /** The purposes with a policy. Their messages are checked one by one. */
  purposes?: readonly TemplatePurpose[];
  /** No other purpose is allowed. */
  strictPurposes?: boolean;
}

/** A purpose, as far as its messages depend on it. */
export interface TemplatePurpose {
  name: string;
  channels: readonly Channel[];
  /** Number of digits of its codes in an SMS. */
  smsCodeLength: number;
}

export interface RenderInput {
  channel: Channel;
  locale: string;
  code: string;
  /** An identifier. A purpose may have its own templates; the built-in ones never show it. */
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

/** What the start says about the messages. */
export interface TemplateNotice {
  locale: string;
  channel: Channel;
  message: string;
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
  /** Built-in templates rendered with placeholders. */
  private readonly forms = new Map<ParsedTemplate, string>();

  constructor(
    private readonly catalog: TemplateCatalog,
    private readonly settings: TemplateSettings,
    readonly notices: readonly TemplateNotice[] = [],
  ) {}

  /**
   * The language of a new verification's messages: the most specific one with templates that suits the tag, or else
   * `DEFAULT_LOCALE`. An SMS in a language that Korean carriers cannot transmit keeps its language and is rendered in
   * English.
   *
   * @param tag BCP 47, as the caller wrote it; null without one.
   */
  languageOf(tag: string | null, channel: Channel, purpose: string): string {
    return this.catalog.languageOf(tag, channel, purpose);
  }

  /** @param request the templates of its language may have been removed since the verification was created. */
  render(request: RenderInput): RenderedMessage {
    const { channel, purpose } = request;
    const input = { ...request, locale: this.languageOf(request.locale, channel, purpose) };
    if (channel === 'SMS') return { text: this.smsText(input) };
    return {
      subject: this.text('email.subject', input).trim(),
      text: `${this.text('email.text', input).trim()}\n`,
      html: this.text('email.html', input),
    };
  }

  /**
   * Renders the SMS with its last line, from which a program fills in the code: the app hash, or else the WebOTP line.
   * Browsers read the WebOTP line only if it is the last one (WICG, Origin-bound one-time codes). Android's SMS
   * Retriever passes the message to the app with this hash. The line is appended here, so no template can omit it.
   */
  smsText(input: RenderInput): string {
    const { isTransmittable } = this.find(input.locale, input.purpose, 'sms.text');
    const body = this.text('sms.text', isTransmittable ? input : { ...input, locale: 'en' }).trim();
    const { webOtpDomain } = this.settings;
    const line = webOtpDomain ? `@${webOtpDomain} #${input.code}` : null;
    const hasLine = line !== null && body.split('\n').at(-1) === line;
    if (input.appHash) return `${hasLine ? withoutLastLine(body) : body}\n\n${input.appHash}`;
    return line === null || hasLine ? body : `${body}\n\n${line}`;
  }

  /** Renders one part, before its text is trimmed or completed. */
  text(part: TemplatePart, { locale, code, purpose, leftMs }: RenderInput): string {
    const template = this.find(locale, purpose, part);
    const validity = validityText(template.name.locale, leftMs);
    if (template.builtIn)
      return this.form(template).replaceAll(CODE_BLANK, code).replaceAll(VALIDITY_BLANK, validity);
    return this.rendered(template, { code, validity, purpose, ttlMinutes: Math.floor(leftMs / MINUTE_MS) });
  }

  private find(locale: string, purpose: string, part: TemplatePart): ParsedTemplate {
    return this.catalog.find(locale, purpose, part)!;
  }

  /**
   * Renders a built-in template with placeholders for the values that differ between messages, once per
   * template, because rendering is a measurable share of a verification. Templates of operators may process
   * the code, so they are rendered for each message.
   */
  private form(template: ParsedTemplate): string {
    let form = this.forms.get(template);
    if (form === undefined) {
      form = this.rendered(template, {
        code: CODE_BLANK,
        validity: VALIDITY_BLANK,
        purpose: '',
        ttlMinutes: 0,
      });
      this.forms.set(template, form);
    }
    return form;
  }

  private rendered(
    { engine, template }: ParsedTemplate,
    varying: Record<'code' | 'validity' | 'purpose', string> & { ttlMinutes: number },
  ): string {
    const { brandName: brand, webOtpDomain } = this.settings;
    const variables = { brand, ...varying, webOtpDomain: webOtpDomain ?? '' };
    return engine.renderSync(template, variables) as string;
  }
}

function withoutLastLine(text: string): string {
  return text.slice(0, Math.max(0, text.lastIndexOf('\n'))).trimEnd();
}
