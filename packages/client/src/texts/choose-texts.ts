import { EN_REASONS } from './en.reasons.js';
import { JA_REASONS } from './ja.reasons.js';
import { KO_REASONS } from './ko.reasons.js';
import { languageOf } from './language.js';
import { type ReasonTexts } from './texts.types.js';
import { ZH_REASONS } from './zh.reasons.js';

const REASONS = { ko: KO_REASONS, en: EN_REASONS, ja: JA_REASONS, zh: ZH_REASONS };

/** The built-in texts of refusals. */
export function chooseReasonTexts(locale: string | undefined): ReasonTexts {
  return REASONS[languageOf(locale)];
}
