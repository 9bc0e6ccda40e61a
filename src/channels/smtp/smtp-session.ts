import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { SmtpError, smtpTimeout, toSmtpError } from './smtp-error';
import { type SmtpOptions } from './smtp-options';

/** A mail as it goes over the wire. */
export interface SmtpMail {
  from: string;
  to: string;
  /** Headers and body. */
  bytes: Buffer;
}

export interface SessionSettings extends SmtpOptions {
  /** How long one call to the server may take, in milliseconds; the caller's signal aborts at the latest then. */
  timeoutMs: number;
}

/** After this long without a mail a connection is ended, before servers and firewalls do so, in milliseconds. */
export const IDLE_MS = 30_000;

/** A reply is a few lines; a longer one is not read to its end. */
const LONGEST_REPLY_BYTES = 64 * 1024;

type Done<T> = (error?: Error | null, result?: T) => void;

/**
 * One connection to an SMTP server, signed in and ready for one mail after the other: nodemailer's protocol, with a
 * deadline for whatever is waited for. When it ends, the socket is destroyed, so nothing goes on behind our back.
 */
export class SmtpSession {
  /** Mails that the server took. */
  mails = 0;
  /** It was kept between two mails, so the server may have ended it without our knowing. */
  kept = false;
  /** The server refused a mail, so RSET must come before the next one. */
  private refused = false;
  private ended = false;
  private onEnd: () => void = () => undefined;

  private constructor(private readonly connection: SMTPConnection) {
    // An error between two commands ends the connection, and the `end` event reports that.
    connection.on('error', () => undefined);
    connection.once('end', () => {
      this.ended = true;
      this.onEnd();
    });
  }

  /**
   * Connects, goes over to TLS and signs in.
   *
   * @throws SmtpError `retryable` or `permanent`: nothing was sent.
   */
  static async open(settings: SessionSettings, signal: AbortSignal): Promise<SmtpSession> {
    const { timeoutMs, auth, ...options } = settings;
    const connection = new SMTPConnection({
      ...options,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      socketTimeout: IDLE_MS + timeoutMs,
      // A session is closed after its last mail or after a failure, so nothing is left to be flushed.
      socketCloseTimeout: 0,
      maxResponseSize: LONGEST_REPLY_BYTES,
    });
    const session = new SmtpSession(connection);
    const notYet = () => false;
    try {
      await session.wait(signal, 'the connection', notYet, (done) => connection.connect(done));
      if (auth && connection.allowsAuth)
        await session.wait(signal, 'AUTH', notYet, (done) => connection.login(auth, done));
      return session;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  /** Whether the next mail may be handed to it, as far as this side knows. */
  get usable(): boolean {
    const { _socket: socket } = this.connection;
    return !this.ended && !this.refused && !!socket && !socket.destroyed && socket.writable;
  }

  /** `listener` is called once when the connection ends, whoever ends it. */
  whenEnded(listener: () => void): void {
    this.onEnd = listener;
    if (this.ended) listener();
  }

  /**
   * Sends one mail.
   *
   * @returns the server's final reply.
   * @throws SmtpError `unknown` only when the mail's content had left and no reply came to it.
   */
  async send({ from, to, bytes }: SmtpMail, signal: AbortSignal): Promise<string> {
    let contentSent = false;
    // The library reads the content only after the server accepted DATA, so a read shows that content may have left.
    const content = new Readable({
      read() {
        contentSent = true;
        this.push(bytes);
        this.push(null);
      },
    });
    try {
      const info = await this.wait<{ response: string }>(
        signal,
        'the mail',
        () => contentSent,
        (done) => this.connection.send({ from, to: [to] }, content, done),
      );
      this.mails++;
      return info!.response;
    } catch (error) {
      if (error instanceof SmtpError && error.reply) this.refused = true;
      else this.destroy();
      throw error;
    }
  }

  /** Makes the session usable again after a refused mail; ends it when the server does not agree. */
  async reset(signal: AbortSignal): Promise<void> {
    if (!this.refused || this.ended) return;
    try {
      await this.wait(
        signal,
        'RSET',
        () => false,
        (done) => this.connection.reset(done),
      );
      this.refused = false;
    } catch {
      this.destroy();
    }
  }

  /** Says goodbye and waits for the server to end the connection, which is destroyed when that takes too long. */
  async quit(timeoutMs: number): Promise<void> {
    if (this.ended) return;
    const ended = new Promise<void>((resolve) => this.connection.once('end', resolve));
    const timer = setTimeout(() => this.destroy(), timeoutMs);
    this.connection.quit();
    await ended;
    clearTimeout(timer);
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.connection.close();
  }

  /** Begins one exchange with the server and waits for its end, the connection's end, or the deadline's. */
  private async wait<T>(
    signal: AbortSignal,
    what: string,
    contentSent: () => boolean,
    begin: (done: Done<T>) => void,
  ): Promise<T | undefined> {
    const { connection } = this;
    let release = () => {};
    try {
      return await new Promise<T | undefined>((resolve, reject) => {
        const late = () => {
          this.destroy();
          reject(smtpTimeout(what, contentSent()));
        };
        // nodemailer ends the connection before it reports some errors, so those get to be reported first.
        const ended = () => setImmediate(() => reject(new Error('the connection ended')));
        release = () => {
          signal.removeEventListener('abort', late);
          connection.off('error', reject);
          connection.off('end', ended);
        };
        if (signal.aborted) return late();
        signal.addEventListener('abort', late);
        connection.once('error', reject);
        connection.once('end', ended);
        begin((error, result) => (error ? reject(error) : resolve(result)));
      });
    } catch (error) {
      throw toSmtpError(error, contentSent());
    } finally {
      release();
    }
  }
}
