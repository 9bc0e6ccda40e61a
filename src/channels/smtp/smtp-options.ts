import { isIP } from 'node:net';
import { type ConnectionOptions } from 'node:tls';
import { SES_SMTP_PORTS, deriveSmtpPassword, sesSmtpHost } from '../ses/ses-smtp-credentials';

/** The address and the login of an SMTP server, by nodemailer's names. */
export interface SmtpOptions {
  host: string;
  port: number;
  /** TLS from the start. */
  secure: boolean;
  /** Whether STARTTLS is required. Otherwise it is used when the server offers it. */
  requireTLS: boolean;
  auth: { user: string; pass: string } | undefined;
  tls: ConnectionOptions;
}

/**
 * Reads SMTP_URL. `smtps://` uses TLS from the start. `smtp://` requires STARTTLS, except to this machine itself, where
 * STARTTLS is used when the server offers it.
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

/**
 * Returns the options for SES's SMTP interface, with the password that is derived from the key pair. TLS is required.
 */
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
