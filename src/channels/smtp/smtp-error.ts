import { DeliveryError, type DeliveryErrorKind, type DeliveryFailure } from '../provider.types';
import {
  isConnectionLimit,
  judgeSmtpReply,
  parseSmtpReply,
  type SmtpReply,
  type SmtpStage,
} from './smtp-reply';

/** The properties of nodemailer's errors. */
interface NodemailerError {
  message?: string;
  /** The kind: ECONNECTION, ESOCKET, ETLS, EAUTH, EENVELOPE, EMESSAGE, ETIMEDOUT, EDNS, EPROTOCOL. */
  code?: string;
  /** The code of the error of the system or of TLS that caused it: ECONNREFUSED. */
  originalCode?: string;
  /** The server's reply, all lines of it. */
  response?: string;
  /** The command that was answered, or CONN. */
  command?: string;
}

type SmtpErrorDetails = DeliveryError['options'] & { reply?: SmtpReply; contentSent?: boolean };

/** A connection could not be opened, or the server is not known to have accepted a mail. */
export class SmtpError extends DeliveryError {
  /** The server's answer, or null when it did not answer. */
  readonly reply: SmtpReply | null;
  /** Whether any bytes of the mail were written to the connection before the error. */
  private readonly contentSent: boolean;

  constructor(kind: DeliveryErrorKind, message: string, details: SmtpErrorDetails) {
    const { reply = null, contentSent = false, ...options } = details;
    super(kind, message, options);
    this.reply = reply;
    this.contentSent = contentSent;
  }

  /** The server refused because it has as many connections as it allows. */
  get connectionLimit(): boolean {
    return this.reply !== null && isConnectionLimit(this.reply);
  }

  /** The server had closed the connection before any content was sent, so the mail can use another connection. */
  get lostBeforeContent(): boolean {
    return this.kind === 'retryable' && !this.contentSent && (this.reply === null || this.reply.code === 421);
  }
}

/** Permanent errors of a TLS handshake: the certificate is not trusted, or the server does not use TLS on this port. */
const TLS_SETTINGS =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_|ERR_SSL_WRONG_VERSION|ERR_SSL_UNSUPPORTED_PROTOCOL|ERR_SSL_\w*ALERT_PROTOCOL_VERSION)/;

/**
 * Converts an error of nodemailer. If the server did not answer, the outcome depends on whether content was sent:
 * before that the server cannot have accepted the mail, after it the server may have.
 *
 * @param contentSent whether any bytes of the mail were written to the connection.
 */
export function toSmtpError(error: unknown, contentSent: boolean): SmtpError {
  if (error instanceof SmtpError) return error;
  const { code, originalCode, response, command } = error as NodemailerError;
  const where = command ?? 'the start';
  if (response) return refusal(parseSmtpReply(response), command, contentSent);
  const providerCode = originalCode ?? code ?? 'ESMTP';
  const failure = contentSent ? null : settingsFailure(error as NodemailerError);
  if (failure !== null)
    return new SmtpError('permanent', `the SMTP server cannot be used (${where})`, {
      failure,
      providerCode,
    });
  return unanswered(`the connection to the SMTP server was lost (${where})`, providerCode, contentSent);
}

/** Returns the error for a server that did not answer before the deadline. */
export function smtpTimeout(waitedFor: string, contentSent: boolean): SmtpError {
  return unanswered(`the SMTP server did not answer in time (${waitedFor})`, 'ETIMEDOUT', contentSent);
}

function unanswered(message: string, providerCode: string, contentSent: boolean): SmtpError {
  return new SmtpError(contentSent ? 'unknown' : 'retryable', message, { providerCode, contentSent });
}

function refusal(reply: SmtpReply, command: string | undefined, contentSent: boolean): SmtpError {
  const { kind, failure } = judgeSmtpReply(stageOf(command, contentSent), reply);
  const { code, enhanced } = reply;
  const providerCode = enhanced === null ? String(code) : `${code} ${String(code)[0]}.${enhanced}`;
  const message =
    kind === 'permanent'
      ? `the SMTP server refused the message (${command ?? 'the start'})`
      : `the SMTP server cannot accept the message now (${code})`;
  const details = { failure: failure ?? undefined, providerCode, reply, contentSent };
  return new SmtpError(kind, message, details);
}

function stageOf(command: string | undefined, contentSent: boolean): SmtpStage {
  if (contentSent) return 'content';
  return command === 'RCPT TO' ? 'RCPT' : command === 'DATA' ? 'DATA' : 'before RCPT';
}

/** Returns the failure for a permanent error of our settings or of the address, or null. */
function settingsFailure({ code, originalCode, command, message }: NodemailerError): DeliveryFailure | null {
  // No SMTP command can contain the address.
  if (code === 'EENVELOPE' && /recipient/i.test(message ?? '')) return 'INVALID_RECIPIENT';
  if (code === 'EENVELOPE' || code === 'EAUTH') return 'SENDER_REFUSED';
  if (code === 'ESOCKET' && command === 'CONN' && TLS_SETTINGS.test(originalCode ?? ''))
    return 'SENDER_REFUSED';
  return null;
}
