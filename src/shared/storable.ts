/** Enough for a provider's message, and not enough to fill a disk with. */
const LONGEST = 500;

/**
 * What a provider said, in a form that every database stores: at most 500 characters, no control characters (PostgreSQL
 * refuses NUL), and no halves of characters, such as the cut leaves of an emoji.
 */
export function storable(text: string): string {
  return text
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ');
}
