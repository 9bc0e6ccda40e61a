import { createHmac, timingSafeEqual } from 'node:crypto';
import { cleanCode } from '../../recipients/typed-text';

/**
 * Derives the code of a verification: HMAC-SHA-256 of its id, reduced to `length` digits. The code is never stored,
 * because it can be derived again from the key and the id.
 *
 * Every value from 00...0 to 99...9 is equally likely. A plain modulo would make small codes more likely. Therefore
 * only a 64-bit word of the hash below the largest multiple of 10^length is used, the first one. If the hash has no
 * such word, which is unlikely, another hash is computed.
 */
export function deriveCode(key: Buffer, id: string, length: number): string {
  const range = 10n ** BigInt(length);
  const limit = (1n << 64n) - ((1n << 64n) % range);
  for (let round = 0; ; round++) {
    const hash = createHmac('sha256', key).update(`${round}:${length}:${id}`).digest();
    for (let at = 0; at < hash.length; at += 8) {
      const word = hash.readBigUInt64BE(at);
      if (word < limit) return (word % range).toString().padStart(length, '0');
    }
  }
}

/** Whether two codes of the same length are equal, in constant time. */
export function sameCode(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The digits of a typed code, or null when their number is not `length`. */
export function normalizeCode(typed: string, length: number): string | null {
  const digits = cleanCode(typed);
  return digits.length === length && /^[0-9]+$/.test(digits) ? digits : null;
}
