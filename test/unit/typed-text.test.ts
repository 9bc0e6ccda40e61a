import fc from 'fast-check';
import { isValidPhoneNumber } from 'libphonenumber-js/max';
import { readDomainName } from '../../src/recipients/domain-name';
import { readEmailAddress } from '../../src/recipients/email-address';
import { cleanCode, cleanPhoneNumber, cleanText } from '../../src/recipients/typed-text';
import { normalizeCode } from '../../src/verification/code/code';
import { parseKnownRecipient, parsePhone } from '../../src/recipients/recipient';

const chars = (...ranges: (string | [number, number])[]): string[] =>
  ranges.flatMap((range) =>
    typeof range === 'string'
      ? [...range]
      : Array.from({ length: range[1] - range[0] + 1 }, (_, n) => String.fromCodePoint(range[0] + n)),
  );

/** Invisible characters that copy and paste can add to a text. */
const INVISIBLE = chars(
  '\u00ad\u034f\u061c\u180e\u2060\ufeff\u3164\uffa0',
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2061, 0x2064],
  [0x2066, 0x2069],
  [0xfe00, 0xfe0f],
  [0xe0020, 0xe007f],
);
/** White space of every kind. */
const BLANK = chars(' \t\n\v\f\r\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\u2800', [0x2000, 0x200a]);
const HYPHEN = chars(
  '-\u00ad\u058a\u05be\u2212\u2e3a\u301c\u30fc\ufe58\ufe63\uff0d\uff70ㅡ',
  [0x2010, 0x2015],
);
const PHONE_MARK = [...HYPHEN, ...chars('().[]/（）．。・·')];
/**
 * The zero of ten decimal digits in several scripts: full-width, Arabic-Indic, Devanagari, Thai, bold mathematical and
 * more.
 */
const ZEROS = [
  0x30, 0xff10, 0x660, 0x6f0, 0x966, 0x9e6, 0xbe6, 0xe50, 0x17e0, 0x1810, 0x1d7ce, 0x1d7d8, 0x1fbf0,
];

const some = (from: readonly string[]) =>
  fc.array(fc.constantFrom(...from), { maxLength: 4 }).map((all) => all.join(''));

/** The text with some of `inside` between its characters and some of `around` at its ends. */
function decorated(text: fc.Arbitrary<string>, inside: readonly string[], around: readonly string[]) {
  return text.chain((plain) => {
    const characters = [...plain];
    const gaps = fc.array(some(inside), {
      minLength: characters.length - 1,
      maxLength: characters.length - 1,
    });
    return fc.tuple(some(around), gaps, some(around)).map(([before, between, after]) => ({
      plain,
      typed: before + characters.map((character, n) => character + (between[n] ?? '')).join('') + after,
    }));
  });
}

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
const inScripts = (text: string, zeros: readonly number[]) =>
  [...text].map((digit, n) => String.fromCodePoint(zeros[n % zeros.length]! + Number(digit))).join('');
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
const domain = fc
  .tuple(label, fc.constantFrom('com', 'co.kr', 'dev', 'xn--3e0b707e'))
  .map((parts) => parts.join('.'));
const address = fc
  .tuple(fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}(\.[a-z0-9_-]{1,8}){0,2}$/), domain)
  .map((parts) => parts.join('@'));
// Not every number that begins with 010 exists.
const mobile = digits(8)
  .map((number) => `010${number}`)
  .filter((number) => isValidPhoneNumber(number, 'KR'));

describe('normalisation of a typed text', () => {
  it('changes nothing the second time', () => {
    const anything = fc.string({ unit: 'binary' });
    const likely = fc
      .array(fc.constantFrom(...INVISIBLE, ...BLANK, ...HYPHEN, 'a', '@', '０', 'ع', 'क'))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(fc.oneof(anything, likely), (typed) => {
        for (const clean of [cleanText, cleanCode, cleanPhoneNumber])
          expect(clean(clean(typed))).toBe(clean(typed));
      }),
      { numRuns: 500 },
    );
  });

  it('never changes an e-mail address with added invisible characters and spaces', () => {
    fc.assert(
      fc.property(decorated(address, INVISIBLE, [...INVISIBLE, ...BLANK]), ({ plain, typed }) => {
        expect(readEmailAddress(typed)).toBe(readEmailAddress(plain));
      }),
    );
  });

  it('never changes an e-mail address that was typed in full-width characters', () => {
    const wide = (text: string) =>
      text.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));
    fc.assert(
      fc.property(address, fc.constantFrom('．', '。', '｡', '.'), (plain, dot) => {
        const [local, host] = plain.split('@');
        const typed = `${wide(local!)}＠${wide(host!).replaceAll('．', dot)}`;
        expect(readEmailAddress(typed)).toBe(readEmailAddress(plain));
      }),
    );
  });

  it('never changes a domain name with added invisible characters and spaces', () => {
    fc.assert(
      fc.property(decorated(domain, INVISIBLE, [...INVISIBLE, ...BLANK]), ({ plain, typed }) => {
        expect(readDomainName(typed)).toBe(plain);
      }),
    );
  });

  it('never changes a code with added characters, in the digits of any script', () => {
    fc.assert(
      fc.property(
        decorated(digits(6), [...INVISIBLE, ...BLANK, ...HYPHEN], [...INVISIBLE, ...BLANK, ...HYPHEN]),
        fc.array(fc.constantFrom(...ZEROS), { minLength: 1 }),
        ({ plain, typed }, zeros) => {
          expect(normalizeCode(typed, 6)).toBe(plain);
          expect(normalizeCode(inScripts(plain, zeros), 6)).toBe(plain);
        },
      ),
    );
  });

  it('never changes a phone number with added characters, in the digits of any script', () => {
    const marks = [...INVISIBLE, ...BLANK, ...PHONE_MARK];
    fc.assert(
      fc.property(
        decorated(mobile, marks, marks),
        fc.array(fc.constantFrom(...ZEROS), { minLength: 1 }),
        ({ plain, typed }, zeros) => {
          const { canonical } = parsePhone(plain, ['KR'], 'n');
          expect(canonical).toBe(`+82${plain.slice(1)}`);
          expect(parsePhone(typed, ['KR'], 'n').canonical).toBe(canonical);
          expect(parsePhone(inScripts(plain, zeros), ['KR'], 'n').canonical).toBe(canonical);
          expect(parseKnownRecipient(typed, ['KR'], 'n').canonical).toBe(canonical);
        },
      ),
    );
  });

  it('reads every decimal digit of Unicode', () => {
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
      const character = String.fromCodePoint(codePoint);
      if (/\p{Nd}/u.test(character)) expect(cleanCode(character)).toMatch(/^[0-9]$/);
    }
    expect(cleanCode('٠١٢٣٤٥٦٧٨٩ ०१२३४५६७८९ ๐๑๒๓๔๕๖๗๘๙')).toBe('0123456789'.repeat(3));
  });

  it('keeps a zero-width non-joiner between Persian letters, where it belongs to the domain', () => {
    expect(readDomainName('نامه\u200cای.com')).toBe('xn--mgba3gch31f060k.com');
    expect(readDomainName('نامهای.com')).toBe('xn--mgba3gch31f.com');
    expect(readDomainName('도\u200c메\u200d인.한국')).toBe(readDomainName('도메인.한국'));
  });

  it.each([
    ['blanks', ' '.repeat(100_000)],
    ['blanks in a text', `a${' '.repeat(100_000)}b`],
    ['joiners', `ع${'\u200c'.repeat(100_000)}b`],
    ['joiners between letters', 'ع\u200c'.repeat(50_000)],
    ['digits', '\u{1d7ff}'.repeat(50_000)],
    ['hyphens', '-'.repeat(100_000)],
    ['dots', '.'.repeat(100_000)],
    ['at signs', '@'.repeat(100_000)],
    ['labels', 'a.'.repeat(50_000)],
    ['punycode', 'xn--.'.repeat(20_000)],
  ])('reads 100,000 %s in linear time: quadratic time would exceed the time limit of a test', (_, text) => {
    for (const read of [cleanText, cleanCode, cleanPhoneNumber, readDomainName, readEmailAddress]) {
      try {
        read(text);
      } catch {
        // Refused: this test is only about the time.
      }
    }
  });
});
