import { createTransport } from 'nodemailer';
import { type SmtpOptions } from './smtp-options';

const TIMEOUT_MS = 10_000;

/** Connects, starts TLS and signs in like a send, and sends nothing. @throws nodemailer's error */
export async function tryLogin(options: SmtpOptions): Promise<void> {
  const transport = createTransport({
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    dnsTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...options,
  });
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}
