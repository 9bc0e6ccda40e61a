import { type SqlValue } from './database';

/**
 * A text that PostgreSQL cannot store (a NUL) or would store altered (half of a surrogate pair), thrown before any
 * statement runs and on SQLite as well. Callers whose text comes from outside check it first: an id by its form, what a
 * provider said with `storable`. What still gets here is refused as input, and not as a bug.
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

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
