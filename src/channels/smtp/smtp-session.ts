import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { SmtpError, smtpTimeout, toSmtpError } from './smtp-error';
import { type SmtpOptions } from './smtp-options';

/** A mail as it is sent. */
export interface SmtpMail {
  from: string;
  to: string;
  /** Headers and body. */
  bytes: Buffer;
}

export interface SessionSettings extends SmtpOptions {
  /** The time limit of one call to the server, in milliseconds. The caller's signal aborts at the latest then. */
  timeoutMs: number;
}

/** A connection without a mail is ended after this time, before servers and firewalls end it, in milliseconds. */
export const IDLE_MS = 30_000;

/** A reply is a few lines. A longer one is not read to its end. */
const LONGEST_REPLY_BYTES = 64 * 1024;

type Done<T> = (error?: Error | null, result?: T) => void;

/**
 * One connection to an SMTP server, signed in, which sends one mail after another. nodemailer implements the protocol,
 * and this class adds a deadline to each step. When the connection ends, its socket is destroyed, so no step continues.
 */
export class SmtpSession {
  /** How many mails the server accepted. */
  mails = 0;
  /** Whether it was kept open after a mail, so that the server may have ended it unnoticed. */
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
   * Connects, starts TLS and signs in.
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
      // A session is closed after its last mail or after a failure, so nothing remains to be written.
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

  /** Whether it can send the next mail, as far as this side knows. */
  get usable(): boolean {
    const { _socket: socket } = this.connection;
    return !this.ended && !this.refused && !!socket && !socket.destroyed && socket.writable;
  }

  /** Calls `listener` once when the connection ends, whoever ends it. */
  whenEnded(listener: () => void): void {
    this.onEnd = listener;
    if (this.ended) listener();
  }

  /**
   * Sends one mail.
   *
   * @returns the server's final reply.
   * @throws SmtpError `unknown` only when content was sent and the server did not reply.
   */
  async send({ from, to, bytes }: SmtpMail, signal: AbortSignal): Promise<string> {
    let contentSent = false;
    // nodemailer reads the content only after the server accepted DATA, so after a read content may have been sent.
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

  /** Makes the session usable again after a refused mail. Ends it when the server refuses RSET. */
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

  /** Sends QUIT and waits until the server ends the connection. Destroys it after `timeoutMs`. */
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

  /** Begins one step and waits until it ends, the connection ends, or the signal aborts. */
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
        const onAbort = () => {
          this.destroy();
          reject(smtpTimeout(what, contentSent()));
        };
        // nodemailer reports some errors after it ended the connection, so an error is awaited first.
        const ended = () => setImmediate(() => reject(new Error('the connection ended')));
        release = () => {
          signal.removeEventListener('abort', onAbort);
          connection.off('error', reject);
          connection.off('end', ended);
        };
        if (signal.aborted) return onAbort();
        signal.addEventListener('abort', onAbort);
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
