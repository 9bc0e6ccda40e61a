import {
  type AcceptedSend,
  type DeliveryError,
  type DeliveryFailure,
  type Provider,
} from '../channels/provider.types';

/** The result of one send. `OutcomeRecorder` stores it. */
export type SendOutcome =
  /** A provider accepted the message to the recipient `to`. */
  | { kind: 'accepted'; provider: Provider; accepted: AcceptedSend; to: string }
  /** The send failed, or its outcome is unknown. `startedAt` is in epoch milliseconds of our clock. */
  | { kind: 'failed'; provider: Provider; error: DeliveryError; startedAt: number }
  /** Nothing was sent; the delivery is due again after `delayMs`. */
  | { kind: 'postponed'; delayMs: number }
  /** Nothing was sent, and nothing will be sent later. */
  | { kind: 'abandoned'; failure: DeliveryFailure; lastError: string | null };
