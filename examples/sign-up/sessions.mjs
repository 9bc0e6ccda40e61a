// Sessions in memory, for the example only: they end with the program, and a second process does not have them. In your
// application, keep the nonce in the session that your framework provides.
import { randomBytes } from 'node:crypto';

const COOKIE = 'sign_up_session';
const IDLE_MS = 3_600_000;
/**
 * The session that was used least recently ends when there are more, so that strangers cannot fill the memory. They can end
 * other sessions this way. A signed cookie that contains the nonce has no such limit.
 */
const LIMIT = 10_000;

const randomValue = () => randomBytes(32).toString('base64url');

export class Sessions {
  /** By the value of the cookie. The session that was used last is the last one. */
  #sessions = new Map();

  /** The session of a request, or null. */
  of({ headers }) {
    const [, id] = new RegExp(`(?:^|; *)${COOKIE}=([\\w-]+)`).exec(headers.cookie ?? '') ?? [];
    const session = this.#sessions.get(id);
    if (!session) return null;
    this.#sessions.delete(id);
    if (Date.now() - session.usedAt > IDLE_MS) return null;
    session.usedAt = Date.now();
    this.#sessions.set(id, session);
    return session;
  }

  /**
   * Begins a session.
   *
   * @returns the session, and the value of the header `Set-Cookie`. Add `; Secure` where the site uses HTTPS.
   */
  begin() {
    const id = randomValue();
    const session = { nonce: randomValue(), usedAt: Date.now() };
    this.#sessions.set(id, session);
    if (this.#sessions.size > LIMIT) this.#sessions.delete(this.#sessions.keys().next().value);
    return { session, cookie: `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax` };
  }

  /**
   * Whether the session has this nonce. The nonce is replaced if it has, so that each is accepted once. Nothing is
   * awaited between comparing and replacing. With sessions in a database, do both in one conditional update.
   */
  takeNonce(session, nonce) {
    if (session.nonce !== nonce) return false;
    session.nonce = randomValue();
    return true;
  }
}
