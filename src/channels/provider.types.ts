import { type Channel } from '../recipients/channel';

/** A message that is ready to be sent. It contains the code, so it exists in memory only: never store or log it. */
export interface OutgoingMessage {
  /** The delivery's id: unique per message, the same on every send. */
  deliveryId: string;
  verificationId: string;
  /** The digits, which the text contains without gaps. A look-up finds a message by them. */
  code: string;
  /** Canonical recipient: an address with an ASCII domain, or E.164 (`+821012345678`). */
  to: string;
  /** The requested language, as BCP 47. */
  locale: string;
  purpose: string;
  /** When the code expires, by the database's clock, in epoch milliseconds. */
  expiresAt: number;
  /** The time until the code expired when the message was composed, in milliseconds. */
  leftMs: number;
  /** E-mail only. */
  subject?: string;
  text: string;
  /** E-mail only. */
  html?: string;
}

/** A provider's answer when it accepts a message. */
export interface AcceptedSend {
  /** The provider's own id for the message, with which its events and look-ups find it again. */
  providerMessageId: string;
  /** Set when the message is delivered once it is accepted. Otherwise receipts or events report it later. */
  delivered?: true;
}

/** Restricts a look-up to the sends of one delivery. */
export interface LookupScope {
  /** When the first send with an unknown outcome began, in epoch milliseconds by our clock. */
  since: number;
  /**
   * The provider's ids of the messages that are recorded for deliveries of this verification. A resend has the same
   * code as the message before it, so only these ids distinguish the two. If the outcomes of two sends of one
   * verification are unknown at once, one may be taken for the other. The recipient has the code at least once then.
   */
  known: ReadonlySet<string>;
}

/** Why a message could not be delivered, in terms a front end can act on. */
export type DeliveryFailure =
  /** The address or number does not exist or cannot receive such messages: ask the user to check it. */
  | 'INVALID_RECIPIENT'
  /** It exists but could not be reached now (handset off, mailbox full): try later or the other channel. */
  | 'UNREACHABLE'
  /** The recipient, their carrier or the provider's suppression list refuses messages from this sender. */
  | 'BLOCKED'
  /** The sender's account, settings or content were refused: only the operator can help. */
  | 'SENDER_REFUSED'
  /** The code expired before the message arrived. */
  | 'EXPIRED'
  /** The code was used, locked or canceled, or the recipient was suppressed, before the message was sent. */
  | 'NO_LONGER_NEEDED';

export type DeliveryErrorKind =
  /** A temporary error: try the next provider at once, then this one again later. */
  | 'retryable'
  /** An error that stays. `failure` says whether it is about the recipient or about this sender. */
  | 'permanent'
  /** The provider may have accepted the message: look it up before anything is sent again. */
  | 'unknown'
  /** The provider was not called, because it cannot send this message: the next provider sends at once. */
  | 'skipped';

/**
 * The only error that a provider throws. `message` is logged, so it must contain neither the recipient nor the text.
 * `failure` is required for `permanent`: SENDER_REFUSED passes the message to the next provider, and every other
 * failure ends the delivery, unless the provider reaches only some recipients.
 */
export class DeliveryError extends Error {
  constructor(
    readonly kind: DeliveryErrorKind,
    message: string,
    readonly options: {
      failure?: DeliveryFailure;
      /** The provider's own error name or number, for logs and metrics. */
      providerCode?: string;
      /** The pause that the provider requires before its next send of any message, in milliseconds. */
      retryAfterMs?: number;
    } = {},
  ) {
    super(message);
    this.name = 'DeliveryError';
  }
}

/** What happened to a message after the provider accepted it. */
export type Receipt =
  | { state: 'pending' }
  | { state: 'delivered' }
  /** `retryable`: the error is temporary, so the message is sent again while the code is valid. */
  | { state: 'failed'; failure: DeliveryFailure; retryable: boolean; providerCode?: string };

/** What a check of a provider's set-up found, for `npx injeung doctor`. Operators may show it to others. */
export interface ProviderFinding {
  /** `WARN`: messages arrive, with a disadvantage. `FAIL`: messages would not arrive. */
  status: 'OK' | 'WARN' | 'FAIL';
  message: string;
  /** What to do; null when nothing is to be done. */
  advice: string | null;
}

/** A send that can begin at once, because its connection is open. Call exactly one of the two methods, once. */
export interface PreparedSend {
  /** Like `Provider.send`. */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<AcceptedSend>;
  /** Gives the connection back. The message is not sent. */
  cancel(): void;
}

/**
 * Sends messages on one channel. `send` resolves when the provider accepted the message, and throws DeliveryError
 * otherwise. It must settle soon after `signal` aborts, with kind `unknown` unless the message certainly was not
 * accepted.
 */
export interface Provider {
  /** As written in EMAIL_PROVIDER or SMS_PROVIDER. */
  readonly name: string;
  readonly channel: Channel;
  /** The provider reaches only some recipients. When it refuses a recipient, the next provider sends the message. */
  readonly reachesOnlySome?: true;
  /**
   * The provider sends the messages of one delivery id once, so a send with an unknown outcome is repeated instead of
   * looked up.
   */
  readonly deduplicates?: true;
  /**
   * If no receipt has come this many milliseconds after the provider accepted a message, the next provider sends it.
   */
  readonly receiptDeadlineMs?: number;
  /** Scheme, host and port of a provider whose signatures contain the time. The doctor compares its clock with ours. */
  readonly clockOrigin?: string;
  send(message: OutgoingMessage, signal: AbortSignal): Promise<AcceptedSend>;
  /**
   * Waits for what a send needs, such as a connection, until `signal` aborts. The message is checked again after the
   * wait, so a verification that was canceled meanwhile is not sent. Absent when a send does not wait for anything.
   *
   * @throws DeliveryError `retryable` or `permanent`: nothing was sent.
   */
  prepare?(signal: AbortSignal): Promise<PreparedSend>;
  /**
   * Asks whether the provider accepted a message whose outcome is unknown. Returns null when the provider did not
   * accept it or when it must be sent again. Absent when the provider cannot be asked.
   */
  lookup?(message: OutgoingMessage, scope: LookupScope, signal: AbortSignal): Promise<AcceptedSend | null>;
  /** Asks what happened to a message. Absent when the provider cannot be asked. */
  receipt?(providerMessageId: string, signal: AbortSignal): Promise<Receipt>;
  /** Returns how many messages a second the provider allows this account, or null when no limit is known. */
  maxPerSecond?(): Promise<number | null>;
  /** Checks keys, sender, templates and balance by calls that change nothing. Never rejects. */
  check?(signal: AbortSignal): Promise<ProviderFinding[]>;
  /** Begins work that goes on in the background until `close`. Called once, after the start of the server. */
  start?(): void;
  /** Ends background work and closes sockets. Called once, at shutdown. */
  close?(): Promise<void>;
}
