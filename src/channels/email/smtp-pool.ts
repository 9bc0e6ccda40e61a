import { SmtpError } from './smtp-error';
import { IDLE_MS, type SessionSettings, SmtpSession } from './smtp-session';

export interface PoolSettings extends SessionSettings {
  /** Connections at once, at most. */
  maxConnections: number;
}

/** Mails over one connection, after which a load balancer may choose another server. */
const MAILS_PER_CONNECTION = 100;
/** How long after the server refused a connection the next higher number is tried. */
const RAISE_AFTER_MS = 30_000;
/** How long the server may take to answer RSET or QUIT, in milliseconds. */
const TIDY_MS = 1_000;

/** A place in the line for a connection: it gets one, or null when there is room to open one. */
type Waiting = (session: SmtpSession | null) => void;

/**
 * Keeps connections to one SMTP server, so that mails share TLS handshakes. Whoever sends holds a connection alone:
 *
 *     opening --> in use <--> idle --> ended
 *        |          |                    ^
 *        +----------+--------------------+
 *
 * - opening: counted in `opening`; `acquire` found none idle, and fewer than `limit` were there.
 * - in use: between `acquire` and `release`.
 * - idle: in `idle`; the one used last is taken first, so that those not needed end after IDLE_MS.
 * - ended: by the server, by an error or deadline, after IDLE_MS or MAILS_PER_CONNECTION, or by `close`.
 *
 * Where no more may be opened, `acquire` waits in line until one is released, or until its signal aborts: a message
 * never waits here for longer than its sender does, and none is known here before a connection is there for it.
 *
 * Servers admit so many connections. When one is refused while others are there, `limit` falls to their number and
 * whoever asked waits for one of them; every RAISE_AFTER_MS it rises again by half.
 */
export class SmtpPool {
  private readonly sessions = new Set<SmtpSession>();
  private readonly idle: { session: SmtpSession; timer: NodeJS.Timeout }[] = [];
  private readonly line: Waiting[] = [];
  private opening = 0;
  private limit: number;
  private limitSetAt = 0;
  private closed = false;

  constructor(private readonly settings: PoolSettings) {
    this.limit = settings.maxConnections;
  }

  /**
   * A connection for one mail; give it back with `release`.
   *
   * @throws SmtpError `retryable` or `permanent`: nothing was sent.
   */
  async acquire(signal: AbortSignal): Promise<SmtpSession> {
    while (!this.closed && !signal.aborted) {
      const idle = this.takeIdle();
      if (idle) return idle;
      const session = this.hasRoom() ? await this.openUnlessLimited(signal) : await this.next(signal);
      if (session) return session;
    }
    throw new SmtpError('retryable', 'no connection to the SMTP server became free in time', {
      providerCode: 'ETIMEDOUT',
    });
  }

  /** A new connection in place of one that turned out to have ended, so that no other is waited for. */
  async replace(session: SmtpSession, signal: AbortSignal): Promise<SmtpSession> {
    this.opening++;
    session.destroy();
    this.opening--;
    return this.open(signal);
  }

  /** Gives a connection back, in whatever state it is. */
  async release(session: SmtpSession): Promise<void> {
    if (!session.usable) await session.reset(AbortSignal.timeout(TIDY_MS));
    if (this.closed || !session.usable || session.mails >= MAILS_PER_CONNECTION) return this.end(session);
    session.kept = true;
    const next = this.line.shift();
    if (next) return next(session);
    const timer = setTimeout(() => {
      this.idle.splice(
        this.idle.findIndex((one) => one.session === session),
        1,
      );
      void this.end(session);
    }, IDLE_MS).unref();
    this.idle.push({ session, timer });
  }

  /** The server takes fewer connections than there are: those who come wait for one of the others. */
  lowerLimit(): void {
    this.setLimit(Math.min(this.limit, this.count - 1));
  }

  /** Ends what is idle with QUIT and what is in use at once; who waits for a connection gets none. */
  async close(): Promise<void> {
    this.closed = true;
    for (const next of this.line.splice(0)) next(null);
    const idle = this.idle.splice(0);
    for (const { timer } of idle) clearTimeout(timer);
    const quitting = idle.map(({ session }) => this.end(session));
    for (const session of this.sessions) if (!idle.some((one) => one.session === session)) session.destroy();
    await Promise.all(quitting);
  }

  private takeIdle(): SmtpSession | null {
    for (let last = this.idle.pop(); last; last = this.idle.pop()) {
      clearTimeout(last.timer);
      if (last.session.usable) return last.session;
      last.session.destroy();
    }
    return null;
  }

  private get count(): number {
    return this.sessions.size + this.opening;
  }

  private hasRoom(): boolean {
    const { maxConnections } = this.settings;
    // Where no connection is left, nothing is known any more about how many the server admits.
    if (this.count === 0) this.limit = maxConnections;
    else if (this.limit < maxConnections && performance.now() - this.limitSetAt > RAISE_AFTER_MS)
      this.setLimit(Math.min(maxConnections, Math.ceil(this.limit * 1.5)));
    return this.count < this.limit;
  }

  private setLimit(limit: number): void {
    this.limit = Math.max(1, limit);
    this.limitSetAt = performance.now();
  }

  /** Null when one of the other connections will do: the server admits no more than those at the moment. */
  private async openUnlessLimited(signal: AbortSignal): Promise<SmtpSession | null> {
    try {
      return await this.open(signal);
    } catch (error) {
      if (!(error instanceof SmtpError) || error.kind !== 'retryable') throw error;
      const others = error.connectionLimit ? this.count : this.sessions.size;
      if (others === 0) throw error;
      this.setLimit(Math.min(this.limit, others));
      if (signal.aborted) throw error;
      return null;
    }
  }

  private async open(signal: AbortSignal): Promise<SmtpSession> {
    this.opening++;
    try {
      const session = await SmtpSession.open(this.settings, signal);
      if (this.closed) {
        session.destroy();
        throw new SmtpError('retryable', 'the server is shutting down', {});
      }
      this.sessions.add(session);
      session.whenEnded(() => this.forget(session));
      return session;
    } finally {
      this.opening--;
      this.admitNext();
    }
  }

  private forget(session: SmtpSession): void {
    this.sessions.delete(session);
    const index = this.idle.findIndex((one) => one.session === session);
    if (index >= 0) clearTimeout(this.idle.splice(index, 1)[0]!.timer);
    this.admitNext();
  }

  /** Lets the first in the line open a connection, where there is room. */
  private admitNext(): void {
    if (this.line.length > 0 && this.hasRoom()) this.line.shift()!(null);
  }

  /** The next connection that is released, or null when there is room to open one or the signal aborted. */
  private next(signal: AbortSignal): Promise<SmtpSession | null> {
    return new Promise((resolve) => {
      const late = () => {
        this.line.splice(this.line.indexOf(admitted), 1);
        resolve(null);
      };
      const admitted: Waiting = (session) => {
        signal.removeEventListener('abort', late);
        resolve(session);
      };
      signal.addEventListener('abort', late);
      this.line.push(admitted);
    });
  }

  private async end(session: SmtpSession): Promise<void> {
    await session.quit(TIDY_MS);
  }
}
