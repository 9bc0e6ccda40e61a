import { eucKrLength } from '../../src/channels/sms/euc-kr';

const between = (first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, step) => String.fromCodePoint(first + step)).join('');

it('EUC-KR: carriers transmit the 2,350 syllables of KS X 1001 of the 11,172 syllables in Unicode', () => {
  const { bytes, unencodable } = eucKrLength(between(0xac00, 0xd7a3));
  expect(unencodable).toHaveLength(11_172 - 2_350);
  expect(bytes).toBe(2 * 11_172);
});

it('EUC-KR: an ASCII character is one byte, including the question mark and line ends', () => {
  const ascii = between(0x20, 0x7e) + '\n';
  expect(eucKrLength(ascii)).toEqual({ bytes: 96, unencodable: [] });
});

it('EUC-KR contains full-width letters and Korean punctuation', () => {
  expect(eucKrLength('[ＡＢＣ]「」·…')).toEqual({ bytes: 2 + 6 + 4 + 4, unencodable: [] });
});

it('EUC-KR: each character that cannot be encoded is reported once', () => {
  expect(eucKrLength('😀똠😀–똠').unencodable).toEqual(['😀', '똠', '–']);
});

it('EUC-KR: the replacement character cannot be encoded', () => {
  expect(eucKrLength('\ufffd').unencodable).toEqual(['\ufffd']);
});

it('EUC-KR: an empty text has no bytes', () => {
  expect(eucKrLength('')).toEqual({ bytes: 0, unencodable: [] });
});

it.each([
  ['인증번호는 [123456]입니다.', 26, []],
  ['plain', 5, []],
  ['가–나', 6, ['–']],
  ['가똠', 4, ['똠']],
  ['😀', 2, ['😀']],
])('EUC-KR: %s is %i bytes', (text, bytes, unencodable) => {
  expect(eucKrLength(text)).toEqual({ bytes, unencodable });
});
