import { readStored, store } from '../page/storage';

const STORED = 'injeung demo nonce';

/**
 * Returns the nonce of the session: a random value that the proof has to contain. A back end keeps it in its session. The
 * demo has none, so the browser keeps it.
 */
export function sessionNonce(): string {
  const stored = readStored(STORED);
  if (stored !== null) return stored;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const created = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  store(STORED, created);
  return created;
}

/** Ends the session, so that the next sign-up has another nonce. */
export function endSession(): void {
  store(STORED, null);
}
