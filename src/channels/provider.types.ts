import { type Channel } from '../recipients/channel';

/** A message ready to leave. It holds the code, so it lives in memory only: never store or log it. */
export interface OutgoingMessage {
  /** The delivery's id: unique per message, the same on every attempt. */
  deliveryId: string;
  verificationId: string;
  /** The digits, which the text contains without gaps. A look-up finds a message by them. */
  code: string;
  /** Canonical recipient: an address with an ASCII domain, or E.164 (`+821012345678`). */
  to: string;
  /** E-mail only. */
  subject?: string;
  text: string;
  /** E-mail only. */
  html?: string;
}

/** What a provider answers when it has taken a message. */
export interface AcceptedSend {
  /** The provider's own id for the message, by which its events and look-ups find it again. */
  providerMessageId: string;
  /** Taking it was delivering it; otherwise receipts or events tell later. */
  delivered?: true;
}

/** What narrows a look-up to the sends of one delivery. */
export interface LookupScope {
  /** When the first send with an unknown outcome began, in epoch milliseconds of our clock. */
  since: number;
  /**
   * The provider's ids of messages that are recorded for deliveries of this verification. A resend has the same code
   * as the message before it, so only these ids tell the two apart. Two sends of one verification whose outcome is
   * unknown at the same moment may be taken for each other; the recipient then has the code at least once.
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
  /** The code's life ended before any provider took the message. */
  | 'EXPIRED'
  /** The code was used, locked or canceled before the message left. */
  | 'NO_LONGER_NEEDED';

export type DeliveryErrorKind =
  /** Trouble that passes: try the next provider at once, then again later. */
  | 'retryable'
  /** Trouble that stays; `failure` tells whether it is about the recipient or about this sender. */
  | 'permanent'
  /** The provider may have taken the message: look it up before anything is sent again. */
  | 'unknown';

/**
 * The only error a provider throws. `message` goes to the operator's log, so it must hold neither recipient nor
 * text; `failure` is required for `permanent`, where SENDER_REFUSED sends the message to the next provider and
 * everything else ends it.
 */
export class DeliveryError extends Error {
  constructor(
    readonly kind: DeliveryErrorKind,
    message: string,
    readonly options: {
      failure?: DeliveryFailure;
      /** The provider's own error name or number, for logs and metrics. */
      providerCode?: string;
      /** The provider asked for this pause before the next try, in milliseconds. */
      retryAfterMs?: number;
    } = {},
  ) {
    super(message);
    this.name = 'DeliveryError';
  }
}

/** What became of a message after the provider took it. */
export type Receipt =
  | { state: 'pending' }
  | { state: 'delivered' }
  /** `retryable`: the trouble passes, another try is worth its cost while the code lives. */
  | { state: 'failed'; failure: DeliveryFailure; retryable: boolean; providerCode?: string };

/** A send that can begin at once, since what it has to wait for is held for it. Call one of the two, once. */
export interface PreparedSend {
  /** As `Provider.send`. */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<AcceptedSend>;
  /** Gives back what was held: the message is not sent now. */
  cancel(): void;
}

/**
 * A service that carries messages. `send` resolves when the provider has taken the message and throws DeliveryError
 * otherwise; it must settle soon after `signal` aborts (then kind `unknown` unless nothing can have been taken).
 */
export interface Provider {
  /** As written in EMAIL_PROVIDER or SMS_PROVIDER. */
  readonly name: string;
  readonly channel: Channel;
  send(message: OutgoingMessage, signal: AbortSignal): Promise<AcceptedSend>;
  /**
   * Waits for what a send needs, such as a connection, until `signal` aborts. The message is checked again after it,
   * so a verification that was canceled meanwhile is not sent. Absent where a send has nothing to wait for.
   *
   * @throws DeliveryError `retryable` or `permanent`: nothing was sent.
   */
  prepare?(signal: AbortSignal): Promise<PreparedSend>;
  /**
   * Asks whether a message whose outcome is unknown was taken. Returns the acceptance, or null when the message was
   * not taken or has to be sent again. Absent where the provider cannot tell.
   */
  lookup?(message: OutgoingMessage, scope: LookupScope, signal: AbortSignal): Promise<AcceptedSend | null>;
  /** Asks what became of a message. Absent where the provider cannot be asked. */
  receipt?(providerMessageId: string, signal: AbortSignal): Promise<Receipt>;
  /** Messages per second the provider allows this account, or null where it sets no limit we know of. */
  maxPerSecond?(): Promise<number | null>;
  /** Frees sockets; called once at shutdown. */
  close?(): Promise<void>;
}
