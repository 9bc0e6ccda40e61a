import { isIP } from 'node:net';
import { createTransport, type Transporter } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool';
import {
  type Accepted,
  DeliveryError,
  type DeliveryFailure,
  type OutgoingMessage,
  type Provider,
} from '../provider.types';
import { type Sender } from './mailbox';
import { deriveSmtpPassword, SES_SMTP_PORTS, sesSmtpHost } from './ses-smtp-credentials';

const CONNECT_TIMEOUT_MS = 5_000;

/** How to reach a server; the transport's own options. */
export type SmtpOptions = Pick<SMTPPool.Options, 'host' | 'port' | 'secure' | 'requireTLS' | 'auth' | 'tls'>;

/**
 * Reads SMTP_URL. `smtps://` is TLS from the start; `smtp://` demands STARTTLS, except to this machine itself, where
 * it is used when offered.
 */
export function smtpOptionsFromUrl(url: string, ca?: Buffer): SmtpOptions {
  const { protocol, hostname, port, username, password } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const secure = protocol === 'smtps:';
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  return {
    host,
    port: port ? Number(port) : secure ? 465 : 587,
    secure,
    requireTLS: !secure && !loopback,
    auth: username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : undefined,
    tls: { minVersion: 'TLSv1.2', ca },
  };
}

/** SES's SMTP interface, with the password that belongs to the AWS key pair. TLS in one form or the other always. */
export function sesSmtpOptions(settings: {
  region: string;
  host: string | null;
  port: number;
  accessKeyId: string;
  secretAccessKey: string;
  ca?: Buffer;
}): SmtpOptions {
  const { region, host, port, accessKeyId, secretAccessKey, ca } = settings;
  const secure = SES_SMTP_PORTS.some((known) => known.port === port && known.security === 'TLS');
  return {
    host: host ?? sesSmtpHost(region),
    port,
    secure,
    requireTLS: !secure,
    auth: { user: accessKeyId, pass: deriveSmtpPassword(secretAccessKey, region) },
    tls: { minVersion: 'TLSv1.2', ca },
  };
}

/** Any SMTP server, and SES's SMTP interface, which also takes tags and a configuration set as headers. */
export class SmtpProvider implements Provider {
  readonly channel = 'EMAIL';
  private readonly transport: Transporter<SMTPPool.SentMessageInfo>;

  constructor(
    readonly name: 'smtp' | 'ses-smtp',
    private readonly sender: Sender,
    options: SmtpOptions,
    private readonly ses: { configurationSet: string | null } = { configurationSet: null },
  ) {
    this.transport = createTransport({
      pool: true,
      maxConnections: 5,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      greetingTimeout: CONNECT_TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...options,
    });
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Accepted> {
    const aborted = new Promise<never>((_resolve, reject) => {
      // nodemailer cannot be stopped midway; by now it may have handed the message over.
      signal.addEventListener('abort', () =>
        reject(new DeliveryError('unknown', 'the SMTP server took too long')),
      );
    });
    try {
      const { messageId, response } = await Promise.race([
        this.transport.sendMail(this.mail(message)),
        aborted,
      ]);
      const sesId = /^250 Ok (\S+)/i.exec(response)?.[1];
      return { providerMessageId: this.name === 'ses-smtp' && sesId ? sesId : messageId };
    } catch (error) {
      throw error instanceof DeliveryError ? error : toDeliveryError(error);
    }
  }

  async close(): Promise<void> {
    this.transport.close();
  }

  private mail({ to, subject, text, html, deliveryId, verificationId }: OutgoingMessage) {
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

const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EDNS', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Replies by RFC 5321, section 4.2; SES's own meanings are in its guide's "SMTP response codes". */
function toDeliveryError(error: unknown): DeliveryError {
  const {
    code,
    responseCode,
    response = '',
    command,
    cause,
  } = error as {
    code?: string;
    responseCode?: number;
    response?: string;
    command?: string;
    cause?: { code?: string };
  };
  const providerCode = String(responseCode ?? code ?? 'ESMTP');
  const permanent = (failure: DeliveryFailure) =>
    new DeliveryError('permanent', `the SMTP server refused at ${command ?? 'the start'}`, {
      failure,
      providerCode,
    });
  if (code === 'ETLS') return permanent('SENDER_REFUSED');
  if (responseCode === undefined) {
    const neverLeft = NOT_SENT.has(code ?? '') || NOT_SENT.has(cause?.code ?? '') || command === 'CONN';
    const kind = neverLeft ? 'retryable' : 'unknown';
    return new DeliveryError(kind, `the SMTP server went away at ${command ?? 'the start'}`, {
      providerCode,
    });
  }
  // This one will not clear within a code's life.
  if (responseCode === 454 && /daily message quota/i.test(response)) return permanent('SENDER_REFUSED');
  if (responseCode < 500) {
    return new DeliveryError('retryable', `the SMTP server cannot take it now (${responseCode})`, {
      providerCode,
    });
  }
  if (responseCode === 552) return permanent('UNREACHABLE');
  return permanent(command === 'RCPT TO' ? 'INVALID_RECIPIENT' : 'SENDER_REFUSED');
}
