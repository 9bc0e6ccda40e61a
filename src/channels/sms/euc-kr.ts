import { encode } from 'iconv-lite';

export interface EucKrLength {
  bytes: number;
  /** Characters that carriers cannot transmit, each once. */
  unencodable: string[];
}

/**
 * Measures a text in EUC-KR bytes, as carriers do. iconv-lite's table of that name is the larger CP949, and it replaces
 * unknown characters by `?`. Therefore each character must be ASCII or two bytes from 0xA1 to 0xFE (KS X 1001).
 */
export function eucKrLength(text: string): EucKrLength {
  let bytes = 0;
  const unencodable = new Set<string>();
  for (const character of text) {
    const encoded = encode(character, 'euc-kr');
    const ascii = character.charCodeAt(0) < 0x80;
    const korean = encoded.length === 2 && encoded.every((byte) => byte >= 0xa1 && byte <= 0xfe);
    if (!ascii && !korean) unencodable.add(character);
    bytes += ascii ? 1 : 2;
  }
  return { bytes, unencodable: [...unencodable] };
}
