import { type DeliveryErrorKind, type DeliveryFailure } from '../provider.types';

/** An SMTP server's answer to one command. */
export interface SmtpReply {
  /** The reply code, RFC 5321, section 4.2: 250, 550. */
  code: number;
  /** Subject and detail of the enhanced status code, RFC 3463: `1.1` of `5.1.1`. Null when there is none. */
  enhanced: string | null;
  /** The text after the codes, all lines joined by a blank. */
  text: string;
}

/**
 * The step that the server answered. Before RCPT the server does not know the recipient, so an answer cannot be about
 * the recipient. `content` is the answer to the mail itself.
 */
export type SmtpStage = 'before RCPT' | 'RCPT' | 'DATA' | 'content';

/** What a refusal means for a delivery. `failure` is null unless `kind` is `permanent`. */
export interface SmtpVerdict {
  kind: DeliveryErrorKind;
  failure: DeliveryFailure | null;
}

const RETRYABLE: SmtpVerdict = { kind: 'retryable', failure: null };
const UNKNOWN: SmtpVerdict = { kind: 'unknown', failure: null };
const permanent = (failure: DeliveryFailure): SmtpVerdict => ({ kind: 'permanent', failure });
const OF_SENDER = permanent('SENDER_REFUSED');

/** The server allows no more connections now. Some servers report this with a code of the 5xx class. */
const TOO_MANY_CONNECTIONS =
  /too many (concurrent |simultaneous |open |smtp )*(connections|sessions)|concurrent (\w+ )*(connections|sessions)|connection limit|sender thread limit/i;
/** The account's quota of the day is used up. It is not renewed before a code expires. */
const DAILY_QUOTA =
  /\b(daily|24[- ]?hours?|per day)\b.*\b(quota|limit|exceeded)|\b(quota|limit|exceeded)\b.*\b(daily|24[- ]?hours?|per day)\b/i;

/** These words decide when the server sends no enhanced status code, or one without a meaning. */
const ABOUT_SENDER =
  /relay|rcpthosts|sender|mail from|block|black ?list|listed|\brbl\b|dnsbl|denied|denies|refused|spam|spf\b|dkim|dmarc|unsolicited|reputation|polic(y|ies)|auth|rate\b|throttl|too many|(sending|message|daily|hourly) (quota|limit)|virus|content|reverse dns|\bptr\b|helo|banned|스팸|차단/i;
const MAILBOX_FULL =
  /(mailbox|inbox|account|user|recipient|storage).*\bfull\b|over ?quota|(exceeds?|exceeded|out of).*(quota|storage)|(quota|storage).*(exceeds?|exceeded|limit)|용량.*초과/i;
const NO_SUCH_RECIPIENT =
  /(user|recipient|address|account|mailbox|addressee)( \S+)? (is )?(unknown|unavailable|not (found|known|valid)|invalid|disabled|discontinued|inactive|suspended|closed)|(unknown|invalid|inactive|suspended|disabled|non-?existent|no such) (local )?(user|recipient|address|account|mailbox|mbox|person|domain)|(does ?n[o']t|do ?n[o']t|does not|do not) (exist|have an?( \S+)? account)|no mailbox here|(account|mailbox|user) (has been|is|was) (disabled|closed|suspended|discontinued)|존재하지 않|없는 (사용자|계정|수신자)/i;
/** A limit on the incoming mail of one mailbox. The mailbox exists. */
const RECEIVING_RATE = /rate|too (quickly|many|much)/i;

/** How many characters of a reply are read, so that a hostile server cannot make the search slow. */
const LONGEST_TEXT = 2_000;

/** Parses a reply of one or several lines. */
export function parseSmtpReply(whole: string): SmtpReply {
  const raw = whole.slice(0, LONGEST_TEXT);
  const code = Number(/^\d{3}/.exec(raw)?.[0] ?? 0);
  const lines = raw.split(/\r?\n/).map((line) => line.replace(/^\d{3}[ -]?/, ''));
  const enhanced = /^[245]\.(\d{1,3}\.\d{1,3})(?=\s|$)/;
  const text = lines
    .map((line) => line.replace(enhanced, '').trim())
    .filter(Boolean)
    .join(' ');
  // qmail and its descendants write the enhanced code at the end: `no mailbox here by that name. (#5.1.1)`.
  const found =
    lines.map((line) => enhanced.exec(line)).find(Boolean) ?? /\(#[245]\.(\d{1,3}\.\d{1,3})\)/.exec(text);
  return { code, enhanced: found?.[1] ?? null, text };
}

/** Whether the server refused because it has as many connections as it allows. */
export function isConnectionLimit({ text }: SmtpReply): boolean {
  return TOO_MANY_CONNECTIONS.test(text);
}

/**
 * Decides what a refusal means. Every code and text has a verdict.
 *
 * A refusal is about the recipient only when it says so. If a user reads by mistake that the address does not exist,
 * the user stops, and the delivery ends although the next provider could send it. All other refusals are about this
 * sender.
 */
export function judgeSmtpReply(stage: SmtpStage, reply: SmtpReply): SmtpVerdict {
  const { code, text } = reply;
  const aboutMailbox = stage !== 'before RCPT' && (reply.enhanced ?? '').startsWith('2.');
  if (code >= 400 && code < 500) return !aboutMailbox && DAILY_QUOTA.test(text) ? OF_SENDER : RETRYABLE;
  // Any other code violates the protocol. After the content the server may have accepted the mail.
  if (code < 400 || code >= 600) return stage === 'content' ? UNKNOWN : RETRYABLE;
  if (isConnectionLimit(reply)) return RETRYABLE;
  if (stage === 'before RCPT') return OF_SENDER;
  return permanent(failureOf(reply));
}

/** Decides whom a permanent refusal at RCPT or later is about. */
function failureOf({ code, enhanced, text }: SmtpReply): DeliveryFailure {
  const [subject, detail] = (enhanced ?? '0.0').split('.').map(Number) as [number, number];
  if (subject === 1) return addressFailure(detail, text);
  if (subject === 2) return mailboxFailure(detail, text);
  // `5.0.0` and `5.5.0` only say that an error occurred.
  if (detail === 0 && (subject === 0 || subject === 5)) return failureByText(code, text);
  return 'SENDER_REFUSED';
}

/** RFC 3463, section 3.2. */
function addressFailure(detail: number, text: string): DeliveryFailure {
  const BAD_SENDER = [7, 8];
  if (BAD_SENDER.includes(detail)) return 'SENDER_REFUSED';
  // Servers use "other address status" for senders as well.
  if (detail === 0 && ABOUT_SENDER.test(text)) return 'SENDER_REFUSED';
  return 'INVALID_RECIPIENT';
}

/** RFC 3463, section 3.3. */
function mailboxFailure(detail: number, text: string): DeliveryFailure {
  // Exchange uses this subject for a sender that may not send under its address.
  if (/SendAsDenied/i.test(text)) return 'SENDER_REFUSED';
  const DISABLED = 1;
  const TOO_LONG_FOR_IT = 3;
  const LIST_EXPANSION = 4;
  if (detail === DISABLED) return RECEIVING_RATE.test(text) ? 'UNREACHABLE' : 'INVALID_RECIPIENT';
  return detail === TOO_LONG_FOR_IT || detail === LIST_EXPANSION ? 'INVALID_RECIPIENT' : 'UNREACHABLE';
}

function failureByText(code: number, text: string): DeliveryFailure {
  if (ABOUT_SENDER.test(text)) return 'SENDER_REFUSED';
  if (MAILBOX_FULL.test(text)) return 'UNREACHABLE';
  if (NO_SUCH_RECIPIENT.test(text)) return 'INVALID_RECIPIENT';
  // RFC 5321 defines 552 for the storage of a mailbox. Servers use it for the size of a mail as well.
  return code === 552 && !/size|large|big|length/i.test(text) ? 'UNREACHABLE' : 'SENDER_REFUSED';
}
