export const LANGUAGES = ['en', 'ko', 'ja', 'zh'] as const;
export type TextLanguage = (typeof LANGUAGES)[number];

/**
 * The built-in language for a BCP 47 tag; the browser's language without one, and English when there are no texts in the
 * language.
 */
export function languageOf(locale: string | undefined): TextLanguage {
  const tag = locale ?? (globalThis as { navigator?: { language?: string } }).navigator?.language ?? 'en';
  const [language = ''] = tag.toLowerCase().split(/[-_]/);
  return LANGUAGES.find((one) => one === language) ?? 'en';
}
