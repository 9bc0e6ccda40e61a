/** What became of one send of a message. */
export type SendResult =
  'ACCEPTED' | 'DELIVERED' | 'NOT_DELIVERED' | 'REFUSED' | 'TEMPORARY_ERROR' | 'UNKNOWN' | 'SKIPPED';

/** One call of a provider for a message. */
export interface InboxSend {
  provider: string;
  result: SendResult;
  failure: string | null;
  /** The provider's own code and words. */
  detail: string | null;
  endedAt: string;
}

/** A message as `GET /inbox/messages` returns it. */
export interface InboxMessage {
  id: string;
  channel: 'EMAIL' | 'SMS';
  to: string;
  subject: string | null;
  text: string;
  html: string | null;
  code: string;
  sentAt: string;
  /** The length of an SMS in EUC-KR, as Korean carriers count it; null for an e-mail. */
  bytes: number | null;
  /** Every send, in order. */
  sends: InboxSend[];
}

/** Which messages are shown. */
export interface InboxFilter {
  /** A recipient or a part of one; '' shows all. */
  to: string;
  channel: InboxMessage['channel'] | null;
}
