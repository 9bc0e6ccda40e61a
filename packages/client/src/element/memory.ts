/** What a browser keeps of a verification, so that a page that is loaded again continues with it. */
export interface Remembered {
  /** The idempotency key of the request. */
  key: string;
  /** The id of the verification; missing while the answer to the request is awaited. */
  id?: string;
  /** When the verification ends. After this time the entry is useless, so it is removed. */
  expiresAt?: string;
}

/** An entry without an answer is kept for this long. */
const UNANSWERED_MS = 60 * 60_000;

/**
 * Keeps the verification in `localStorage`. It contains neither recipient nor code. Where storage is not available, for
 * example in a private window, nothing is remembered.
 */
export class Memory {
  constructor(readonly name: string) {}

  read(): Remembered | null {
    try {
      const kept = JSON.parse(localStorage.getItem(this.name) ?? 'null') as Remembered | null;
      return typeof kept?.key === 'string' ? kept : null;
    } catch {
      return null;
    }
  }

  write(remembered: Remembered): void {
    const expiresAt = remembered.expiresAt ?? new Date(Date.now() + UNANSWERED_MS).toISOString();
    try {
      localStorage.setItem(this.name, JSON.stringify({ ...remembered, expiresAt }));
    } catch {
      // The page continues without a memory.
    }
  }

  clear(): void {
    try {
      localStorage.removeItem(this.name);
    } catch {
      // There is nothing to remove.
    }
  }
}
