import { eucKrLength } from '../../src/channels/euc-kr';

const between = (first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, step) => String.fromCodePoint(first + step)).join('');

it('of the 11,172 syllables of Unicode carriers carry the 2,350 of KS X 1001', () => {
  const { bytes, unencodable } = eucKrLength(between(0xac00, 0xd7a3));
  expect(unencodable).toHaveLength(11_172 - 2_350);
  expect(bytes).toBe(2 * 11_172);
});

it('counts ASCII as one byte, the question mark and line ends too', () => {
  const ascii = between(0x20, 0x7e) + '\n';
  expect(eucKrLength(ascii)).toEqual({ bytes: 96, unencodable: [] });
});

it('takes full-width letters and Korean punctuation', () => {
  expect(eucKrLength('[ＡＢＣ]「」·…')).toEqual({ bytes: 2 + 6 + 4 + 4, unencodable: [] });
});

it('names each character that is not carried once', () => {
  expect(eucKrLength('😀똠😀–똠').unencodable).toEqual(['😀', '똠', '–']);
});

it('is not misled by the replacement character', () => {
  expect(eucKrLength('\ufffd').unencodable).toEqual(['\ufffd']);
});

it('an empty text has no bytes', () => {
  expect(eucKrLength('')).toEqual({ bytes: 0, unencodable: [] });
});
