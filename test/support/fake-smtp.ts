import { type AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { smtpTls } from './smtp-tls';
import { trackClosed, trackOpen } from './open-resources';
import { until } from './until';

export const SMTP_LOGIN = { user: 'AKIDEXAMPLE', pass: 'secret' };

interface Refusal {
  at: 'RCPT' | 'DATA';
  code: number;
  message: string;
}

/** An SMTP server on loopback with STARTTLS and AUTH. It answers like SES and keeps the mails that it accepted. */
export class FakeSmtp {
  readonly messages: (Email & { sessionSecure: boolean })[] = [];
  private readonly refusals: Refusal[] = [];
  private readonly server: SMTPServer;

  constructor(login: { user: string; pass: string }, options: { startTls: boolean } = { startTls: true }) {
    this.server = new SMTPServer({
      ...smtpTls(),
      authMethods: ['PLAIN', 'LOGIN'],
      disabledCommands: options.startTls ? [] : ['STARTTLS'],
      logger: false,
      onAuth: ({ username, password }, _session, done) => {
        const right = username === login.user && password === login.pass;
        if (right) done(null, { user: username });
        else done(Object.assign(new Error('Authentication Credentials Invalid'), { responseCode: 535 }));
      },
      onRcptTo: (_address, _session, done) => done(this.nextRefusal('RCPT')),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const refusal = this.nextRefusal('DATA');
          if (refusal) return done(refusal);
          void PostalMime.parse(Buffer.concat(chunks)).then((email) => {
            this.messages.push({ ...email, sessionSecure: session.secure });
            (done as (error: null, message: string) => void)(null, `Ok ses-${this.messages.length}`);
          });
        });
      },
    });
    // Some tests make a client give up during the handshake.
    this.server.on('error', () => undefined);
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    trackOpen(this, () => this.close());
    return this;
  }

  async close(): Promise<void> {
    trackClosed(this);
    await new Promise<void>((resolve) => this.server.close(resolve));
  }

  refuseNext(at: Refusal['at'], code: number, message: string): void {
    this.refusals.push({ at, code, message });
  }

  waitForMessages(count: number) {
    return until(() => (this.messages.length >= count ? this.messages : null));
  }

  private nextRefusal(at: Refusal['at']): Error | null {
    if (this.refusals[0]?.at !== at) return null;
    const { code, message } = this.refusals.shift()!;
    return Object.assign(new Error(message), { responseCode: code });
  }
}
