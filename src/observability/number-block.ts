const BLOCK_DIGITS = 4;

/**
 * The block of 10,000 numbers that a number in E.164 lies in: all of it but the last four digits. Carriers are given
 * numbers, and fraudsters rent them, in blocks of this size or of a tenth of it.
 */
export function numberBlock(number: string): string {
  return number.slice(0, -BLOCK_DIGITS);
}
