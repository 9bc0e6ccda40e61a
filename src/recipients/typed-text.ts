import { type FieldRule } from '../shared/field-rule';

/** A text that does not meet the rule of its field. The message is the end of a sentence about the field. */
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
/** Invisible characters: zero-width characters, the byte order mark, bidirectional marks, soft hyphens, fillers. */
const INVISIBLE = /(?![\u200c\u200d])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** Scripts in which a zero-width joiner or non-joiner between two letters makes another word, and another domain. */
const JOINED =
  '[\\p{sc=Arab}\\p{sc=Deva}\\p{sc=Beng}\\p{sc=Guru}\\p{sc=Gujr}\\p{sc=Orya}\\p{sc=Taml}\\p{sc=Telu}\\p{sc=Knda}\\p{sc=Mlym}\\p{sc=Sinh}]';
const MEANINGLESS_JOINER = new RegExp(`(?<!${JOINED})[\\u200c\\u200d]+|[\\u200c\\u200d]+(?!${JOINED})`, 'gu');
/** Full-width and small forms of ASCII, which East Asian keyboards type. */
const WIDE_ASCII = /[\uff01-\uff5e\ufe50-\ufe6b]/g;
/** Blanks that `trim` does not remove: next line, and the braille pattern without dots. */
const OTHER_BLANK = /[\u0085\u2800]/g;

/**
 * Returns the text that its user meant. Keyboards, clipboards and mail programs add invisible characters. This removes
 * white space around the text and invisible characters everywhere, and turns full-width ASCII into ASCII. White space
 * inside the text remains, because it may have a meaning; the caller decides.
 *
 * Every e-mail address, domain name, phone number and code is cleaned here, wherever it comes from. It takes linear time,
 * and cleaning a clean text changes nothing.
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
 * Dashes of all scripts, and characters that are typed in their place: minus signs, box drawing lines, the Japanese long
 * vowel mark, the Korean vowel eu.
 */
const HYPHEN = /[\p{Pd}\u2212\u02d7\u2043\u207b\u208b\u2500\u2501\u30fc\uff70\u3161\u1173]/gu;
/** Parentheses, brackets, slashes, and dots of all kinds. */
const PUNCTUATION = /[()[\]/.\u00b7\u2022\u2024\u2027\u2219\u22c5\u3002\u30fb\uff61\uff65]/g;

/**
 * Removes blanks and hyphens of any kind from a code, and turns decimal digits of every script (full-width, Arabic-Indic,
 * Devanagari, Thai) into ASCII digits. Other characters remain, so that the caller can refuse them.
 */
export function cleanCode(typed: string): string {
  return cleanText(typed)
    .replace(BLANK_OR_JOINER, '')
    .replace(HYPHEN, '')
    .replace(NON_ASCII_DIGIT, asciiDigit);
}

/** Cleans a phone number as `cleanCode` cleans a code, and removes parentheses, brackets, slashes and dots too. */
export function cleanPhoneNumber(typed: string): string {
  return cleanCode(typed).replace(PUNCTUATION, '');
}

/** In Unicode, the ten decimal digits of a script follow one another, from zero to nine. */
function asciiDigit(digit: string): string {
  const codePoint = digit.codePointAt(0)!;
  let first = codePoint;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(first - 1))) first--;
  return String((codePoint - first) % 10);
}
