import { withTimeoutSignal } from '../../shared/with-timeout-signal';
import { SmtpError } from './smtp-error';
import { IDLE_MS, type SessionSettings, SmtpSession } from './smtp-session';

export interface PoolSettings extends SessionSettings {
  /** The largest number of connections. */
  maxConnections: number;
}

/** After this many mails a connection is replaced, so that a load balancer may choose another server. */
const MAILS_PER_CONNECTION = 100;
/** How long after the server refused a connection the pool tries more connections again, in milliseconds. */
const RAISE_AFTER_MS = 30_000;
/** How long the server may take to answer RSET or QUIT, in milliseconds. */
const TIDY_MS = 1_000;

/** A sender that waits for a connection. */
interface Waiter {
  resolve: (session: SmtpSession) => void;
  reject: (error: SmtpError) => void;
}

/**
 * Keeps connections to one SMTP server open, so that several mails share one TLS handshake. One sender uses a
 * connection at a time:
 *
 *     opening --> in use <--> idle --> ended
 *        |          |                    ^
 *        +----------+--------------------+
 *
 * - opening: counted in `opening`. It does not belong to the sender that caused it. The first available connection, new
 *   or released, goes to the sender that has waited longest.
 * - in use: between `acquire` and `release`.
 * - idle: in `idle`. The connection that was used last is taken first, so that unused connections end after IDLE_MS.
 * - ended: by the server, by an error or deadline, after IDLE_MS or MAILS_PER_CONNECTION, or by `close`.
 *
 * Senders wait in `waiting` until their signals abort. The pool never has a message: a sender passes it to the
 * connection.
 *
 * Servers limit connections: they refuse one, or send no greeting. When a connection cannot be opened while others are
 * open, `limit` falls to their number, and the sender waits for one of them. Every RAISE_AFTER_MS `limit` rises by
 * half, up to `maxConnections`.
 */
export class SmtpPool {
  /** Every open connection, in use or idle. */
  private readonly sessions = new Set<SmtpSession>();
  private readonly idle: { session: SmtpSession; timer: NodeJS.Timeout }[] = [];
  private readonly waiting: Waiter[] = [];
  private opening = 0;
  private replacing = 0;
  private limit: number;
  private limitSetAt = 0;
  private closed = false;

  constructor(private readonly settings: PoolSettings) {
    this.limit = settings.maxConnections;
  }

  /**
   * Waits for a connection for one mail; give it back with `release`.
   *
   * @throws SmtpError `retryable` or `permanent`: nothing was sent.
   */
  acquire(signal: AbortSignal): Promise<SmtpSession> {
    return new Promise((resolve, reject) => {
      if (this.closed || signal.aborted) return reject(noConnection());
      const session = this.takeIdle();
      if (session) return resolve(session);
      const onAbort = () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(noConnection());
      };
      const settled = () => signal.removeEventListener('abort', onAbort);
      const waiter: Waiter = {
        resolve: (given) => (settled(), resolve(given)),
        reject: (error) => (settled(), reject(error)),
      };
      signal.addEventListener('abort', onAbort);
      this.waiting.push(waiter);
      this.openMore();
    });
  }

  /** Opens a connection in place of one that had ended, so that the sender does not wait for another one. */
  async replace(session: SmtpSession, signal: AbortSignal): Promise<SmtpSession> {
    // Counted first, so that no other sender gets the place of the ended connection.
    this.replacing++;
    session.destroy();
    try {
      return await this.open(signal);
    } finally {
      this.replacing--;
      this.openMore();
    }
  }

  /** Takes a connection back, whatever its state is. */
  async release(session: SmtpSession): Promise<void> {
    if (!session.usable) await session.reset(AbortSignal.timeout(TIDY_MS));
    if (this.closed || !session.usable || session.mails >= MAILS_PER_CONNECTION) return session.quit(TIDY_MS);
    session.kept = true;
    this.offer(session);
  }

  /** Lowers the limit, because the server reported too many connections. */
  lowerLimit(): void {
    this.setLimit(Math.min(this.limit, this.count - 1));
  }

  /** Ends idle connections with QUIT, and connections in use immediately. Waiting senders get an error. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { reject } of this.waiting.splice(0)) reject(noConnection());
    const idle = this.idle.splice(0).map(({ session, timer }) => {
      clearTimeout(timer);
      return session;
    });
    for (const session of this.sessions) if (!idle.includes(session)) session.destroy();
    await Promise.all(idle.map((session) => session.quit(TIDY_MS)));
  }

  private get count(): number {
    return this.sessions.size + this.opening + this.replacing;
  }

  private setLimit(limit: number): void {
    this.limit = Math.max(1, limit);
    this.limitSetAt = performance.now();
  }

  private raiseLimit(): void {
    const { maxConnections } = this.settings;
    // Without any connection it is not known how many the server allows.
    if (this.count === 0) this.limit = maxConnections;
    else if (this.limit < maxConnections && performance.now() - this.limitSetAt > RAISE_AFTER_MS)
      this.setLimit(Math.min(maxConnections, Math.ceil(this.limit * 1.5)));
  }

  /** Opens connections for the waiting senders, as far as `limit` allows. */
  private openMore(): void {
    this.raiseLimit();
    while (!this.closed && this.opening < this.waiting.length && this.count < this.limit) void this.openOne();
  }

  private async openOne(): Promise<void> {
    this.opening++;
    try {
      this.offer(await withTimeoutSignal(this.settings.timeoutMs, (signal) => this.open(signal)));
    } catch (error) {
      this.openingFailed(error as SmtpError);
    } finally {
      this.opening--;
      this.openMore();
    }
  }

  /** Rejects a waiting sender, unless it can wait for one of the other connections. */
  private openingFailed(error: SmtpError): void {
    const others = error.connectionLimit ? this.count - 1 : this.sessions.size;
    if (error.kind !== 'retryable' || others === 0) this.waiting.shift()?.reject(error);
    else this.setLimit(Math.min(this.limit, others));
  }

  private async open(signal: AbortSignal): Promise<SmtpSession> {
    const session = await SmtpSession.open(this.settings, signal);
    if (this.closed) {
      session.destroy();
      throw noConnection();
    }
    this.sessions.add(session);
    session.whenEnded(() => {
      this.sessions.delete(session);
      this.takeFromIdle(session);
      this.openMore();
    });
    return session;
  }

  /** Gives a connection to the sender that has waited longest, or keeps it for the next one. */
  private offer(session: SmtpSession): void {
    const waiter = this.waiting.shift();
    if (waiter) return waiter.resolve(session);
    const timer = setTimeout(() => {
      this.takeFromIdle(session);
      void session.quit(TIDY_MS);
    }, IDLE_MS).unref();
    this.idle.push({ session, timer });
  }

  private takeIdle(): SmtpSession | null {
    for (let last = this.idle.at(-1); last; last = this.idle.at(-1)) {
      this.takeFromIdle(last.session);
      if (last.session.usable) return last.session;
      last.session.destroy();
    }
    return null;
  }

  private takeFromIdle(session: SmtpSession): void {
    const index = this.idle.findIndex((one) => one.session === session);
    if (index >= 0) clearTimeout(this.idle.splice(index, 1)[0]!.timer);
  }
}

function noConnection(): SmtpError {
  return new SmtpError('retryable', 'no connection to the SMTP server became free in time', {
    providerCode: 'ETIMEDOUT',
  });
}
