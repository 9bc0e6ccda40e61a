import { DeliveryError, type DeliveryErrorKind, type DeliveryFailure } from '../provider.types';
import {
  isConnectionLimit,
  judgeSmtpReply,
  parseSmtpReply,
  type SmtpReply,
  type SmtpStage,
} from './smtp-reply';

/** What nodemailer puts on its errors. */
interface NodemailerError {
  message?: string;
  /** The kind: ECONNECTION, ESOCKET, ETLS, EAUTH, EENVELOPE, EMESSAGE, ETIMEDOUT, EDNS, EPROTOCOL. */
  code?: string;
  /** The code of the system's or TLS's error behind it: ECONNREFUSED. */
  originalCode?: string;
  /** The server's reply, all lines of it. */
  response?: string;
  /** The command that was answered, or CONN. */
  command?: string;
}

/** Why a connection could not be opened, or a mail was not known to be taken. */
export class SmtpError extends DeliveryError {
  constructor(
    kind: DeliveryErrorKind,
    message: string,
    options: DeliveryError['options'],
    /** What the server answered; null where no answer came. */
    readonly reply: SmtpReply | null = null,
    /** Whether any of the mail's own bytes had left by then. */
    readonly contentSent = false,
  ) {
    super(kind, message, options);
  }

  /** The server refused because it holds as many connections as it admits. */
  get connectionLimit(): boolean {
    return this.reply !== null && isConnectionLimit(this.reply);
  }

  /** The server had ended the connection, and nothing of the mail had left by then: another connection will do. */
  get lostBeforeContent(): boolean {
    return this.kind === 'retryable' && !this.contentSent && (this.reply === null || this.reply.code === 421);
  }
}

/** What of a TLS handshake another try will not change: the certificate is not trusted, or no TLS is spoken there. */
const TLS_SETTINGS =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_|ERR_SSL_WRONG_VERSION|ERR_SSL_UNSUPPORTED_PROTOCOL|ERR_SSL_\w*ALERT_PROTOCOL_VERSION)/;

/**
 * Translates an error of nodemailer's. Without an answer of the server, what decides is whether the mail had left:
 * before its content was sent nothing can have been taken, after it anything can.
 *
 * @param contentSent whether any of the mail's own bytes were handed to the connection.
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

/** The deadline ended while the server was waited for. */
export function smtpTimeout(waitedFor: string, contentSent: boolean): SmtpError {
  return unanswered(`the SMTP server did not answer in time (${waitedFor})`, 'ETIMEDOUT', contentSent);
}

function unanswered(message: string, providerCode: string, contentSent: boolean): SmtpError {
  return new SmtpError(contentSent ? 'unknown' : 'retryable', message, { providerCode }, null, contentSent);
}

function refusal(reply: SmtpReply, command: string | undefined, contentSent: boolean): SmtpError {
  const { kind, failure } = judgeSmtpReply(stageOf(command, contentSent), reply);
  const { code, enhanced } = reply;
  const providerCode = enhanced === null ? String(code) : `${code} ${String(code)[0]}.${enhanced}`;
  const message =
    kind === 'permanent'
      ? `the SMTP server refused the message (${command ?? 'the start'})`
      : `the SMTP server cannot accept the message now (${code})`;
  return new SmtpError(kind, message, { failure: failure ?? undefined, providerCode }, reply, contentSent);
}

function stageOf(command: string | undefined, contentSent: boolean): SmtpStage {
  if (contentSent) return 'content';
  return command === 'RCPT TO' ? 'RCPT' : command === 'DATA' ? 'DATA' : 'before RCPT';
}

/** Trouble that is found on this side of the connection and stays. */
function settingsFailure({ code, originalCode, command, message }: NodemailerError): DeliveryFailure | null {
  // An address that no SMTP command can carry.
  if (code === 'EENVELOPE' && /recipient/i.test(message ?? '')) return 'INVALID_RECIPIENT';
  if (code === 'EENVELOPE' || code === 'EAUTH') return 'SENDER_REFUSED';
  if (code === 'ESOCKET' && command === 'CONN' && TLS_SETTINGS.test(originalCode ?? ''))
    return 'SENDER_REFUSED';
  return null;
}
