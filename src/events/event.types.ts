/** The types of events. docs/guides/events.md describes the body of each. */
export const EVENT_TYPES = [
  'verification.verified',
  'verification.locked',
  'verification.canceled',
  'delivery.sent',
  'delivery.delivered',
  'delivery.failed',
  'recipient.suppressed',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** An event as it is stored: without the recipient, who is read from the verification when the event is sent. */
export interface NewEvent {
  /** The same transition always has the same id, so that it is stored once. */
  id: string;
  type: EventType;
  /** Null when an operator suppressed a recipient. */
  verificationId: string | null;
  /** Null for events of verifications and recipients. */
  deliveryId: string | null;
  /** The blind index of a suppressed recipient. */
  suppressionKey?: string;
  /** The status that the verification or the delivery has now. */
  status: string;
  failure: string | null;
}

/** Where events are posted. */
export interface EventSettings {
  /** Null: no events are stored or sent. */
  url: string | null;
  /** The secrets that sign events, `whsec_...`. */
  secrets: readonly string[];
}
