import { type Liquid, type Template } from 'liquidjs';
import { MINUTE_MS } from '../../shared/clock';
import { type TemplateName } from './default-templates';
import { type Channel } from '../../recipients/channel';
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

export interface ParsedTemplate {
  engine: Liquid;
  template: Template[];
  /** Built in: it shows the code as it is, and names the validity but neither the purpose nor the minutes. */
  builtIn: boolean;
}

/** Stand where the code and the validity will be: characters of the private use area, which no text of ours has. */
const CODE_BLANK = '\uE000';
const VALIDITY_BLANK = '\uE001';
export const BLANKS = /[\uE000\uE001]/;

/** The texts of the messages, checked when they were loaded: rendering does no I/O and does not fail on good input. */
export class Templates {
  /** Built-in templates rendered with blanks, by name. */
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

  /**
   * A built-in template with blanks for what differs between messages. It is rendered once, because rendering is a
   * measurable share of a verification. Operators' templates may do anything with the code, so they are rendered each
   * time.
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
