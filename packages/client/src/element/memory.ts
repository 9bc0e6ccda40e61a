/** What a browser keeps of a verification, so that a page that is loaded again continues with it. */
export interface Remembered {
  /** The idempotency key of the request. */
  key: string;
  /** The id of the verification; missing while the answer to the request is awaited. */
  id?: string;
  /** When the verification ends. After this time the entry is useless, so it is removed. */
  expiresAt?: string;
}

/** An entry as it is stored. */
interface Entry extends Remembered {
  session: number;
}

/** An entry without an answer is kept for this long. */
const UNANSWERED_MS = 60 * 60_000;

/**
 * Keeps the verification in `localStorage`. It contains neither recipient nor code. Where storage is not available, for
 * example in a private window, nothing is remembered.
 */
export class Memory {
  private readonly session: number;

  /**
   * @param nonce of the page's session. An entry of another session is ignored, because the proof would contain the other
   *   nonce, and the back end would refuse it.
   */
  constructor(
    readonly name: string,
    nonce: string,
  ) {
    this.session = fingerprint(nonce);
  }

  read(): Remembered | null {
    try {
      const kept = JSON.parse(localStorage.getItem(this.name) ?? 'null') as Entry | null;
      return typeof kept?.key === 'string' && kept.session === this.session ? kept : null;
    } catch {
      return null;
    }
  }

  write(remembered: Remembered): void {
    const expiresAt = remembered.expiresAt ?? new Date(Date.now() + UNANSWERED_MS).toISOString();
    try {
      localStorage.setItem(this.name, JSON.stringify({ ...remembered, expiresAt, session: this.session }));
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

/** Distinguishes nonces without storing them (FNV-1a, 32 bits). `crypto.subtle` is missing on pages without TLS. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}
