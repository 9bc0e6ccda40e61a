import MailComposer from 'nodemailer/lib/mail-composer';
import { readFileSync } from 'node:fs';
import { type ChannelSettings } from '../channel-settings';
import { type CreateProvider } from '../create-provider.types';
import { type AcceptedSend, type OutgoingMessage, type PreparedSend, type Provider } from '../provider.types';
import { type Sender } from '../mailbox';
import { SmtpError } from './smtp-error';
import { sesSmtpOptions, type SmtpOptions, smtpOptionsFromUrl } from './smtp-options';
import { type PoolSettings, SmtpPool } from './smtp-pool';
import { type SmtpSession } from './smtp-session';

/**
 * Sends through any SMTP server, or through SES's SMTP interface, which also reads tags and a configuration set in
 * headers.
 *
 * A send takes a connection for itself before the message is composed, and destroys it when the deadline ends. So
 * mails wait in the delivery queue only.
 */
export class SmtpProvider implements Provider {
  readonly channel = 'EMAIL';
  private readonly pool: SmtpPool;

  constructor(
    readonly name: 'smtp' | 'ses-smtp',
    private readonly sender: Sender,
    settings: PoolSettings,
    private readonly ses: { configurationSet: string | null } = { configurationSet: null },
  ) {
    this.pool = new SmtpPool(settings);
  }

  async prepare(signal: AbortSignal): Promise<PreparedSend> {
    const session = await this.pool.acquire(signal);
    return {
      send: (message, sendSignal) => this.deliver(session, message, sendSignal),
      cancel: () => void this.pool.release(session),
    };
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<AcceptedSend> {
    return (await this.prepare(signal)).send(message, signal);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async deliver(
    session: SmtpSession,
    message: OutgoingMessage,
    signal: AbortSignal,
  ): Promise<AcceptedSend> {
    // Every send of a delivery has the same id, so that mailboxes and logs show copies as one message.
    const messageId = `<${message.deliveryId}@${domainOf(this.sender.from.address)}>`;
    let current = session;
    try {
      const bytes = await new MailComposer({ ...this.content(message), messageId }).compile().build();
      const mail = { from: this.sender.from.address, to: message.to, bytes };
      const reply = await current.send(mail, signal).catch(async (error: unknown) => {
        current = await this.reconnect(session, error, signal);
        return current.send(mail, signal);
      });
      const sesId = /^250 Ok (\S+)/i.exec(reply)?.[1];
      return { providerMessageId: this.name === 'ses-smtp' && sesId ? sesId : messageId };
    } finally {
      void this.pool.release(current);
    }
  }

  /** Opens a new connection if the server had ended the given one while it was kept. Throws the error otherwise. */
  private async reconnect(session: SmtpSession, error: unknown, signal: AbortSignal): Promise<SmtpSession> {
    if (!(error instanceof SmtpError)) throw error;
    if (error.connectionLimit) this.pool.lowerLimit();
    if (!session.kept || !error.lostBeforeContent || signal.aborted) throw error;
    return this.pool.replace(session, signal);
  }

  private content({ to, subject, text, html, deliveryId, verificationId }: OutgoingMessage) {
    const { from, replyTo } = this.sender;
    return {
      from: { name: from.name ?? '', address: from.address },
      to: { name: '', address: to },
      replyTo: replyTo ?? undefined,
      subject,
      text,
      html,
      headers: {
        'Auto-Submitted': 'auto-generated',
        ...(this.name === 'ses-smtp' ? this.sesHeaders(deliveryId, verificationId) : {}),
      },
      disableFileAccess: true,
      disableUrlAccess: true,
    };
  }

  private sesHeaders(deliveryId: string, verificationId: string): Record<string, string> {
    const tags = `injeung_delivery=${deliveryId}, injeung_verification=${verificationId}`;
    const { configurationSet } = this.ses;
    return {
      'X-SES-MESSAGE-TAGS': tags,
      ...(configurationSet === null ? {} : { 'X-SES-CONFIGURATION-SET': configurationSet }),
    };
  }
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

export const createSmtp: CreateProvider = (settings) =>
  new SmtpProvider(
    'smtp',
    senderOf(settings),
    poolSettings(settings, (ca) => smtpOptionsFromUrl(settings.smtpUrl, ca)),
  );

export const createSesSmtp: CreateProvider = (settings) => {
  const { ses, sesSmtp } = settings;
  const options = (ca?: Buffer) => sesSmtpOptions({ ...sesSmtp, region: ses.region, ca });
  return new SmtpProvider('ses-smtp', senderOf(settings), poolSettings(settings, options), ses);
};

function senderOf({ emailFrom: from, emailReplyTo: replyTo }: ChannelSettings): Sender {
  return { from, replyTo };
}

function poolSettings(settings: ChannelSettings, optionsWith: (ca?: Buffer) => SmtpOptions): PoolSettings {
  const { smtpCaFile, sendConcurrency, sendTimeoutMs } = settings;
  const ca = smtpCaFile === null ? undefined : readFileSync(smtpCaFile);
  return { ...optionsWith(ca), maxConnections: sendConcurrency, timeoutMs: sendTimeoutMs };
}
