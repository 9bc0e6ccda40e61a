import { randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(4_096);
let used = pool.length;

/**
 * Cryptographically random bytes, at most 4,096, drawn from the generator many at a time: each draw costs 3 µs, and a
 * verification needs three. What was given out is wiped here.
 *
 * @throws RangeError for more than the pool holds.
 */
export function randomBytes(length: number): Buffer {
  if (length > pool.length) throw new RangeError(`at most ${pool.length} random bytes at once`);
  if (used + length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const drawn = pool.subarray(used, (used += length));
  const bytes = Buffer.from(drawn);
  drawn.fill(0);
  return bytes;
}
