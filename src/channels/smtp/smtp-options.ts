import { isIP } from 'node:net';
import { type ConnectionOptions } from 'node:tls';
import { SES_SMTP_PORTS, deriveSmtpPassword, sesSmtpHost } from '../ses/ses-smtp-credentials';

/** How to reach an SMTP server and sign in to it; nodemailer's own names. */
export interface SmtpOptions {
  host: string;
  port: number;
  /** TLS from the start. */
  secure: boolean;
  /** STARTTLS is demanded, not only used where it is offered. */
  requireTLS: boolean;
  auth: { user: string; pass: string } | undefined;
  tls: ConnectionOptions;
}

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
