import { type Liquid, type Template } from 'liquidjs';
import { type Channel } from '../../recipients/channel';
import { languageChain } from './language';
import { channelOf, pathOf, TEMPLATE_PARTS, type TemplateName, type TemplatePart } from './template-name';

export interface ParsedTemplate {
  name: TemplateName;
  engine: Liquid;
  template: Template[];
  /** A built-in template. It shows the code and the validity, but neither the purpose nor the minutes. */
  builtIn: boolean;
  /** An SMS whose characters Korean carriers can transmit, or a part of an e-mail. */
  isTransmittable: boolean;
}

/** Parts of a message that are missing: a message would consist of two languages. */
export interface IncompleteSet {
  locale: string;
  purpose: string | null;
  missing: readonly TemplatePart[];
}

/**
 * Finds the templates of a message. The language comes first, then the purpose: every template of `zh-Hant` has
 * precedence over those of `zh`, and in each language the templates of the purpose have precedence.
 */
export class TemplateCatalog {
  /** Languages, channels and purposes with a complete set of templates. */
  private readonly offered = new Set<string>();
  readonly incomplete: IncompleteSet[] = [];

  /** @param templates by their path in TEMPLATES_DIR. */
  constructor(
    private readonly templates: ReadonlyMap<string, ParsedTemplate>,
    private readonly defaultLocale: string,
  ) {
    for (const { name } of templates.values()) this.offer(name);
  }

  /**
   * The language of a message: the most specific one with templates that suits the tag, or else `DEFAULT_LOCALE`, or
   * else English.
   */
  languageOf(tag: string | null, channel: Channel, purpose: string): string {
    const suits = (locale: string) => this.offers(locale, channel, purpose);
    const requested = tag === null ? undefined : languageChain(tag).find(suits);
    return requested ?? languageChain(this.defaultLocale).find(suits) ?? 'en';
  }

  /** Whether the language has templates for the channel, for every purpose or at least for this one. */
  offers(locale: string, channel: Channel, purpose: string | null): boolean {
    return (
      this.offered.has(keyOf(locale, channel, null)) ||
      (purpose !== null && this.offered.has(keyOf(locale, channel, purpose)))
    );
  }

  /** The languages with templates for the channel. */
  languages(channel: Channel): string[] {
    const locales = new Set([...this.templates.values()].map(({ name }) => name.locale));
    return [...locales].filter((locale) => this.offers(locale, channel, null)).sort();
  }

  find(locale: string, purpose: string | null, part: TemplatePart): ParsedTemplate | undefined {
    for (const language of languageChain(locale)) {
      const ofPurpose =
        purpose === null ? undefined : this.templates.get(pathOf({ locale: language, purpose, part }));
      const found = ofPurpose ?? this.templates.get(pathOf({ locale: language, purpose: null, part }));
      if (found) return found;
    }
    return undefined;
  }

  /** Offers the set that a template belongs to, unless parts of it are missing. */
  private offer({ locale, purpose, part }: TemplateName): void {
    const channel = channelOf(part);
    const key = keyOf(locale, channel, purpose);
    const missing = TEMPLATE_PARTS.filter(
      (other) => channelOf(other) === channel && !this.find(locale, purpose, other),
    );
    if (missing.length === 0) this.offered.add(key);
    else if (!this.incomplete.some((set) => set.locale === locale && set.purpose === purpose))
      this.incomplete.push({ locale, purpose, missing });
  }
}

function keyOf(locale: string, channel: Channel, purpose: string | null): string {
  return `${locale}/${channel}/${purpose ?? ''}`;
}
