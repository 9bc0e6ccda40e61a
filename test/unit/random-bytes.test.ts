import { randomBytes } from '../../src/shared/random-bytes';

describe('random bytes', () => {
  it('are as many as asked for, and never the same, over many refills of the pool', () => {
    const drawn = Array.from({ length: 5_000 }, (_, n) => randomBytes(12 + (n % 7)));
    expect(drawn.every(({ length }, n) => length === 12 + (n % 7))).toBe(true);
    expect(new Set(drawn.map((bytes) => bytes.toString('hex', 0, 12))).size).toBe(5_000);
  });

  it("are their taker's own: what is drawn later changes nothing in them", () => {
    const first = randomBytes(4_096);
    const before = first.toString('hex');
    randomBytes(4_096);
    expect(first.toString('hex')).toBe(before);
    expect(before).not.toMatch(/^0+$/);
  });

  it('have all values alike', () => {
    const counts = new Array<number>(256).fill(0);
    for (let n = 0; n < 1_000; n++) for (const byte of randomBytes(256)) counts[byte]!++;
    // 1,000 of each are expected; ten standard deviations are 316.
    expect(counts.every((count) => Math.abs(count - 1_000) < 316)).toBe(true);
  });

  it('are not given out short', () => {
    expect(() => randomBytes(4_097)).toThrow(RangeError);
  });
});
