import { randomBytes } from 'node:crypto';
import { deriveCode, normalizeCode, sameCode } from '../../src/verification/code/code';
import { newVerificationId, parseVerificationId } from '../../src/verification/code/verification-id';

describe('a code', () => {
  const key = Buffer.alloc(32, 7);

  it('is the same for the same id and key, and differs for another id, key or length', () => {
    expect(deriveCode(key, 'id', 6)).toBe(deriveCode(key, 'id', 6));
    const codes = [
      deriveCode(key, 'id', 10),
      deriveCode(key, 'other', 10),
      deriveCode(Buffer.alloc(32, 8), 'id', 10),
    ];
    expect(new Set(codes).size).toBe(3);
  });

  it('is uniformly distributed over the whole range, including both ends', () => {
    const counts = new Array<number>(10_000).fill(0);
    const draws = 400_000;
    for (let draw = 0; draw < draws; draw++) counts[Number(deriveCode(key, String(draw), 4))]! += 1;
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[9_999]).toBeGreaterThan(0);
    const expected = draws / counts.length;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 9,999 degrees of freedom: mean 9,999, standard deviation 141. The ids are fixed, so the result is always the
    // same.
    expect(Math.abs(chiSquared - 9_999)).toBeLessThan(4 * 141);
  });

  it('can be 000000 and 999999', () => {
    const expected = new Set(['000000', '999999']);
    for (let draw = 0; expected.size > 0 && draw < 20_000_000; draw++)
      expected.delete(deriveCode(key, String(draw), 6));
    expect([...expected]).toEqual([]);
  }, 120_000);

  it.each([4, 5, 6, 7, 8, 9, 10])('has %i digits, including leading zeros', (length) => {
    for (let draw = 0; draw < 1_000; draw++) {
      expect(deriveCode(randomBytes(32), String(draw), length)).toMatch(new RegExp(`^\\d{${length}}$`));
    }
  });

  it('is compared completely', () => {
    expect(sameCode('123456', '123456')).toBe(true);
    expect(sameCode('123456', '123457')).toBe(false);
    expect(sameCode('12345', '123456')).toBe(false);
  });

  it.each([
    ['123456', '123456'],
    [' 12 34-56 ', '123456'],
    ['１２３４５６', '123456'],
    ['123–456', '123456'],
    ['12345', null],
    ['1234567', null],
    ['12345a', null],
    ['', null],
  ])('is read from %j as %j', (typed, read) => {
    expect(normalizeCode(typed, 6)).toBe(read);
  });
});

describe('a verification id', () => {
  it('contains the key number and the code length, sorts by creation time, and is unique', () => {
    const ids = Array.from({ length: 1_000 }, () =>
      newVerificationId(1_764_000_000_000, { keyNumber: 3, codeLength: 8 }),
    );
    expect(new Set(ids).size).toBe(1_000);
    expect(parseVerificationId(ids[0]!)).toEqual({ keyNumber: 3, codeLength: 8 });
  });

  it.each(['', 'short', '!'.repeat(24), 'A'.repeat(24), 'A'.repeat(25)])(
    'cannot be read from a text that is not an id: %j',
    (id) => {
      expect(parseVerificationId(id)).toBeNull();
    },
  );
});
