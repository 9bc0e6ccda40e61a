import { EN_REASONS } from './en.reasons.js';
import { JA_REASONS } from './ja.reasons.js';
import { KO_REASONS } from './ko.reasons.js';
import { type ReasonTexts } from './texts.types.js';
import { ZH_REASONS } from './zh.reasons.js';

const REASONS = { ko: KO_REASONS, en: EN_REASONS, ja: JA_REASONS, zh: ZH_REASONS };
export type TextLanguage = keyof typeof REASONS;

/**
 * The built-in language for a BCP 47 tag; the browser's language without one, and English when there are no texts in the
 * language.
 */
export function languageOf(locale: string | undefined): TextLanguage {
  const tag = locale ?? (globalThis as { navigator?: { language?: string } }).navigator?.language ?? 'en';
  const [language = ''] = tag.toLowerCase().split(/[-_]/);
  return language in REASONS ? (language as TextLanguage) : 'en';
}

/** The built-in texts of refusals. */
export function chooseReasonTexts(locale: string | undefined): ReasonTexts {
  return REASONS[languageOf(locale)];
}
