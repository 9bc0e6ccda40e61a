/** Enough for a provider's message, and not enough to fill a disk with. */
const LONGEST = 500;

/** What a provider said, fit to be kept and shown: PostgreSQL takes no NUL in a text. */
export function storable(text: string): string {
  return text.slice(0, LONGEST).replace(/\p{Cc}/gu, ' ');
}
