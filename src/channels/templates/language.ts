/** At most so many tags are remembered. Clients choose the tags, so their number has no other bound. */
const MAX_REMEMBERED = 1_000;
const remembered = new Map<string, readonly string[]>();

/**
 * The canonical form of a BCP 47 tag, without extensions: `zh-Hant-TW` for `ZH-hant-tw`, `he` for `iw`.
 *
 * @returns null when the text is not the tag of a language.
 */
export function canonicalLanguage(tag: string): string | null {
  try {
    const { baseName, language } = new Intl.Locale(tag);
    // Longer subtags are reserved in BCP 47, so `korean` is a mistake.
    return language !== 'und' && /^[a-z]{2,3}$/.test(language) ? baseName : null;
  } catch {
    return null;
  }
}

/**
 * The languages whose templates suit a tag, the most specific one first: `zh-Hant-TW`, `zh-Hant`, `zh-TW`, `zh`. A tag
 * without a script gets its likely one: `zh-TW`, `zh-Hant-TW`, `zh-Hant`, `zh`.
 *
 * @param tag BCP 47, with hyphens or underscores. Of a malformed tag only the first subtag counts (`en_US.UTF-8`).
 * @returns an empty list when the text is not the tag of a language.
 */
export function languageChain(tag: string): readonly string[] {
  let chain = remembered.get(tag);
  if (chain === undefined) {
    const language =
      canonicalLanguage(tag.replaceAll('_', '-')) ?? canonicalLanguage(tag.split(/[-_.@]/)[0]!);
    chain = language === null ? [] : chainOf(language);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(tag, chain);
  }
  return chain;
}

function chainOf(tag: string): string[] {
  const locale = new Intl.Locale(tag);
  const { language, script, region } = locale;
  const likely = locale.maximize().script;
  const chain: string[] = [];
  for (let subtags = tag.split('-'); subtags.length > 1; subtags = subtags.slice(0, -1))
    chain.push(subtags.join('-'));
  if (script && region) chain.push(`${language}-${region}`);
  if (!script && likely && region) chain.push(`${language}-${likely}-${region}`);
  if (!script && likely) chain.push(`${language}-${likely}`);
  return [...chain, language];
}
