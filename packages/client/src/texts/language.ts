export const LANGUAGES = ['en', 'ko', 'ja', 'zh'] as const;
export type TextLanguage = (typeof LANGUAGES)[number];

/**
 * Returns the language of the texts for a BCP 47 tag. Without a tag, the language of the browser counts. English takes
 * the place of a language without texts.
 */
export function languageOf(locale: string | undefined): TextLanguage {
  const tag = locale ?? (globalThis as { navigator?: { language?: string } }).navigator?.language ?? 'en';
  const [language = ''] = tag.toLowerCase().split(/[-_]/);
  return LANGUAGES.find((one) => one === language) ?? 'en';
}
