/** Enough for the message of a provider, but not enough to fill a disk. */
const LONGEST = 500;

/**
 * Converts a provider's text to a form that every database stores: at most 500 characters, no control
 * characters (PostgreSQL refuses NUL), and no half of a surrogate pair, which cutting a text can leave.
 */
export function toStorableText(text: string): string {
  return text
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ');
}
