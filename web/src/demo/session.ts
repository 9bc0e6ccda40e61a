const STORED = 'injeung demo nonce';

/**
 * Returns the nonce of the session: a random value that the proof has to contain. A back end stores it in its session.
 * The demo has none, so the browser keeps it.
 */
export function nonce(): string {
  const stored = localStorage.getItem(STORED);
  if (stored !== null) return stored;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const created = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  localStorage.setItem(STORED, created);
  return created;
}

/** Ends the session and returns its nonce, so that a nonce is used once. */
export function end(): string {
  const used = nonce();
  localStorage.removeItem(STORED);
  return used;
}
