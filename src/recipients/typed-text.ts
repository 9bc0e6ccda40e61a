import { type FieldRule } from '../shared/field-rule';

/** A text that cannot be what its field requires. The message is the end of a sentence about the field. */
export class TextFault extends Error {
  constructor(
    readonly rule: FieldRule,
    message: string,
  ) {
    super(message);
    this.name = 'TextFault';
  }
}

const PLAIN = /^[\x21-\x7e]*$/;
/** Characters that nobody sees: zero-width ones, the byte order mark, bidirectional marks, soft hyphens, fillers. */
const INVISIBLE = /(?![\u200c\u200d])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** Scripts in which a zero-width joiner or non-joiner between two letters makes another word, and another domain. */
const JOINED =
  '[\\p{sc=Arab}\\p{sc=Deva}\\p{sc=Beng}\\p{sc=Guru}\\p{sc=Gujr}\\p{sc=Orya}\\p{sc=Taml}\\p{sc=Telu}\\p{sc=Knda}\\p{sc=Mlym}\\p{sc=Sinh}]';
const MEANINGLESS_JOINER = new RegExp(`(?<!${JOINED})[\\u200c\\u200d]+|[\\u200c\\u200d]+(?!${JOINED})`, 'gu');
/** Full-width and small forms of ASCII, which East Asian keyboards type. */
const WIDE_ASCII = /[\uff01-\uff5e\ufe50-\ufe6b]/g;
/** Blanks that `trim` does not know: next line, and the braille pattern without dots. */
const OTHER_BLANK = /[\u0085\u2800]/g;

/**
 * Text as its user meant it. Keyboards, clipboards and mail programs add characters that nobody sees, and this removes
 * them everywhere: white space of any kind around the text, invisible characters around and inside it. Full-width ASCII
 * becomes ASCII. White space inside remains, because it may have a meaning; the caller decides.
 *
 * Every e-mail address, domain name, phone number and code passes through here, wherever it comes from. The time taken
 * grows with the length only, and cleaning a clean text changes nothing.
 */
export function cleanText(typed: string): string {
  if (PLAIN.test(typed)) return typed;
  return typed
    .replace(INVISIBLE, '')
    .replace(MEANINGLESS_JOINER, '')
    .replace(WIDE_ASCII, (wide) => wide.normalize('NFKC'))
    .replace(OTHER_BLANK, ' ')
    .trim();
}

const DECIMAL_DIGIT = /\p{Nd}/u;
const NON_ASCII_DIGIT = /(?![0-9])\p{Nd}/gu;
const BLANK_OR_JOINER = /[\s\u200c\u200d]/g;
/**
 * Dashes of all scripts and what is typed for one: minus signs, box drawing lines, the Japanese long vowel mark, the
 * Korean vowel eu.
 */
const HYPHEN = /[\p{Pd}\u2212\u02d7\u2043\u207b\u208b\u2500\u2501\u30fc\uff70\u3161\u1173]/gu;
/** Parentheses, brackets, slashes, and dots of all kinds. */
const PUNCTUATION = /[()[\]/.\u00b7\u2022\u2024\u2027\u2219\u22c5\u3002\u30fb\uff61\uff65]/g;

/**
 * A code's characters without blanks and hyphens of any kind; decimal digits of every script (full-width, Arabic-Indic,
 * Devanagari, Thai) become ASCII digits. Everything else remains, for the caller to refuse.
 */
export function cleanCode(typed: string): string {
  return cleanText(typed)
    .replace(BLANK_OR_JOINER, '')
    .replace(HYPHEN, '')
    .replace(NON_ASCII_DIGIT, asciiDigit);
}

/** A phone number's characters as `cleanCode`, and without parentheses, brackets, slashes and dots too. */
export function cleanPhoneNumber(typed: string): string {
  return cleanCode(typed).replace(PUNCTUATION, '');
}

/** Unicode keeps each script's ten decimal digits in a row, from zero to nine. */
function asciiDigit(digit: string): string {
  const codePoint = digit.codePointAt(0)!;
  let first = codePoint;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(first - 1))) first--;
  return String((codePoint - first) % 10);
}
