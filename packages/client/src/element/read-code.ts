/** Characters between the digits of a code: white space, all kinds of hyphens, and invisible characters. */
const SEPARATORS = /[\s\p{Pd}\p{Cf}]/gu;

/** The digits in a text as ASCII, whatever script they are written in. */
export function digitsOf(text: string): string {
  return Array.from(text.normalize('NFKC').match(/\p{Nd}/gu) ?? [], digitValue).join('');
}

/** Every script has its ten digits in one row, so the value of a digit is its distance from the first one. */
function digitValue(digit: string): number {
  const point = digit.codePointAt(0)!;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(point - value - 1))) value++;
  return value;
}

/**
 * Finds a code in a text that may be a whole message: a group of exactly `length` digits, else digits that separators
 * join to this length.
 *
 * @returns the digits, or null when the text has none or several candidates.
 */
export function codeIn(text: string, length: number): string | null {
  const plain = text.normalize('NFKC');
  const whole = plain.replace(SEPARATORS, '');
  if (/^\p{Nd}+$/u.test(whole)) return whole.length === length ? digitsOf(whole) : null;
  const groups = plain.match(/\p{Nd}+/gu) ?? [];
  const joined = plain.match(/\p{Nd}(?:[ \p{Pd}]?\p{Nd})*/gu) ?? [];
  return onlyOne(groups.map(digitsOf), length) ?? onlyOne(joined.map(digitsOf), length);
}

function onlyOne(candidates: readonly string[], length: number): string | null {
  const found = new Set(candidates.filter((one) => one.length === length));
  return found.size === 1 ? [...found][0]! : null;
}
