import { type SqlValue } from './statement';

/**
 * Thrown for a parameter that PostgreSQL cannot store (a NUL) or would store altered (half of a surrogate pair). Both
 * databases check parameters before the statement runs, so that they behave alike.
 *
 * Ids are checked with `isStorable` first, and texts of providers are converted with `toStorableText`. Any other text
 * that gets here is reported to the caller as invalid input.
 */
export class UnstorableText extends Error {
  constructor() {
    super('a text contains NUL or half of a surrogate pair');
    this.name = 'UnstorableText';
  }
}

/** @throws UnstorableText */
export function requireStorable(values: readonly (SqlValue | readonly SqlValue[])[]): void {
  for (const value of values) {
    if (typeof value === 'string') {
      if (!isStorable(value)) throw new UnstorableText();
    } else if (typeof value === 'object' && value !== null) requireStorable(value);
  }
}

/** Whether both databases store this text unchanged. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
