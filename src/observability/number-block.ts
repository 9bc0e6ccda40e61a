const BLOCK_DIGITS = 4;

/**
 * Returns the block of 10,000 numbers that contains an E.164 number: all digits but the last four. Carriers
 * receive numbers, and fraudsters rent them, in blocks of this size or of a tenth of it.
 */
export function numberBlock(number: string): string {
  return number.slice(0, -BLOCK_DIGITS);
}
