import { type SqlValue } from './statement';

/**
 * A statement has a parameter that PostgreSQL cannot store (a NUL) or would store altered (half of a surrogate pair).
 * Both databases refuse it before the statement runs, so that they behave alike. Callers check text from outside first:
 * an id that is not storable is an unknown one, and `toStorableText` converts the text of a provider. What still gets here is
 * refused as input.
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

/** Whether both databases give exactly this text back. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
