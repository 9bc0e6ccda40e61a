import { type DeliveryFailure } from '../../provider.types';

/** SES's event types, as metrics name them (Amazon SES Developer Guide, "Event publishing"). */
export const SES_EVENT_TYPES = [
  'Send',
  'Delivery',
  'Bounce',
  'Complaint',
  'Reject',
  'DeliveryDelay',
  'Rendering Failure',
  'Open',
  'Click',
  'Subscription',
] as const;

/** What an event reports about a message. SES itself has sent it again before it reports a failure. */
export type SesOutcome =
  { state: 'delivered' } | { state: 'failed'; failure: DeliveryFailure; retryable: false };

/** Why a recipient must not be sent to any more. */
export interface SesSuppression {
  cause: 'BOUNCE' | 'COMPLAINT';
  /** When the bounce or complaint happened, by SES's clock, in epoch milliseconds. Null: the event does not say it. */
  at: number | null;
}

/** An event of SES, without the addresses in it. */
export interface SesEvent {
  type: (typeof SES_EVENT_TYPES)[number] | 'other';
  /** SES's own id for the mail. */
  messageId: string;
  /** From the tags that we set on every mail. Null for the mail of other programs. */
  deliveryId: string | null;
  verificationId: string | null;
  /** SES's names for the kind of bounce or complaint, for logs: `Permanent/NoEmail`. */
  detail: string;
  /** Why the recipient must not be sent to any more, or null. */
  suppression: SesSuppression | null;
  /** Null when the event does not change the state of the delivery. */
  outcome: SesOutcome | null;
}

interface RawEvent {
  eventType?: unknown;
  mail?: { messageId?: unknown; tags?: Record<string, unknown> };
  bounce?: { bounceType?: unknown; bounceSubType?: unknown; timestamp?: unknown };
  complaint?: { complaintSubType?: unknown; complaintFeedbackType?: unknown; timestamp?: unknown };
}

/** Parses an event. Returns null when it is not about a mail, such as SES's test message to a new topic. */
export function parseSesEvent(text: string): SesEvent | null {
  const raw = parse(text);
  if (typeof raw?.eventType !== 'string' || typeof raw.mail?.messageId !== 'string') return null;
  const type = SES_EVENT_TYPES.find((known) => known === raw.eventType) ?? 'other';
  return {
    type,
    messageId: raw.mail.messageId,
    deliveryId: tagged(raw, 'injeung_delivery'),
    verificationId: tagged(raw, 'injeung_verification'),
    detail: detailOf(raw),
    suppression: suppressionOf(type, raw),
    outcome: outcomeOf(type, raw),
  };
}

/** Returns the id in a tag of the mail. SES sends the values of each tag as a list. */
function tagged({ mail }: RawEvent, name: string): string | null {
  const tag = mail?.tags?.[name];
  const id: unknown = Array.isArray(tag) ? tag[0] : tag;
  return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : null;
}

function outcomeOf(type: SesEvent['type'], { bounce, complaint }: RawEvent): SesOutcome | null {
  const failed = (failure: DeliveryFailure): SesOutcome => ({ state: 'failed', failure, retryable: false });
  switch (type) {
    case 'Delivery':
      return { state: 'delivered' };
    case 'Bounce':
      if (bounce?.bounceType !== 'Permanent') return failed('UNREACHABLE');
      return failed(isSuppressed(bounce.bounceSubType) ? 'BLOCKED' : 'INVALID_RECIPIENT');
    case 'Complaint':
      // A complaint proves that the mail arrived, unless the suppression list stopped it before it was sent.
      return isSuppressed(complaint?.complaintSubType) ? failed('BLOCKED') : null;
    case 'Reject':
    case 'Rendering Failure':
      return failed('SENDER_REFUSED');
    default:
      return null;
  }
}

/**
 * Feedback reports that do not complain: the recipient moved the mail out of the spam folder, or a server checked its signature
 * (feedback types of RFC 5965 and RFC 6430).
 */
const HARMLESS_FEEDBACK: readonly unknown[] = ['not-spam', 'auth-failure'];

function suppressionOf(type: SesEvent['type'], { bounce, complaint }: RawEvent): SesSuppression | null {
  if (type === 'Complaint' && !HARMLESS_FEEDBACK.includes(complaint?.complaintFeedbackType))
    return { cause: 'COMPLAINT', at: timeOf(complaint?.timestamp) };
  if (type === 'Bounce' && bounce?.bounceType === 'Permanent')
    return { cause: 'BOUNCE', at: timeOf(bounce.timestamp) };
  return null;
}

function timeOf(timestamp: unknown): number | null {
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : NaN;
  return Number.isNaN(at) ? null : at;
}

/** Whether the recipient is on the suppression list of SES or of the account. */
function isSuppressed(subType: unknown): boolean {
  return subType === 'Suppressed' || subType === 'OnAccountSuppressionList';
}

/** Uses only names of SES, because the text of a mail server may quote the recipient. */
function detailOf({ bounce, complaint }: RawEvent): string {
  const words = [bounce?.bounceType, bounce?.bounceSubType, complaint?.complaintSubType];
  return words
    .filter((word): word is string => typeof word === 'string' && /^[A-Za-z]{1,40}$/.test(word))
    .join('/');
}

function parse(text: string): RawEvent | null {
  try {
    return JSON.parse(text) as RawEvent | null;
  } catch {
    return null;
  }
}
