import { type DeliveryFailure } from '../../channels/provider.types';
import { type DeliveryStatus } from '../../delivery/delivery.entity';
import { type Channel } from '../../recipients/channel';
import { type Recipient } from '../../recipients/recipient';
import { type LoggedSend } from '../delivery-sends';
import { type RefusalCause } from '../refusals/refusal-cause';
import { type Suppression } from '../suppression/suppressions';

// All times are epoch milliseconds of the database's clock.

/** As `VerificationStatus` of the API. */
export type StoryStatus = 'PENDING' | 'VERIFIED' | 'EXPIRED' | 'LOCKED' | 'CANCELED';

/** One message of a verification. */
export interface StoryDelivery {
  id: string;
  status: DeliveryStatus;
  failure: DeliveryFailure | null;
  provider: string | null;
  providerMessageId: string | null;
  lastError: string | null;
  createdAt: number;
  sentAt: number | null;
  updatedAt: number;
  /** When the message is sent next; null when it is not in the queue. */
  dueAt: number | null;
  sends: LoggedSend[];
}

export interface StoryVerification {
  id: string;
  channel: Channel;
  purpose: string;
  status: StoryStatus;
  attemptsRemaining: number;
  createdAt: number;
  expiresAt: number;
  /** When the right code was entered, or when the verification was canceled; null otherwise. */
  settledAt: number | null;
  /** Oldest first. */
  deliveries: StoryDelivery[];
}

/** How often requests were refused for one reason within one hour. */
export interface StoryRefusal extends RefusalCause {
  count: number;
  lastAt: number;
}

/** Everything that is stored about a recipient, or about one verification. */
export interface Story {
  now: number;
  /** Null when the verification is unknown. */
  recipient: Recipient | null;
  /** Whether it is the story of one verification. */
  ofVerification: boolean;
  /** Oldest first. */
  verifications: StoryVerification[];
  refusals: StoryRefusal[];
  /** Times of wrong codes, oldest first. */
  wrongAttempts: number[];
  suppression: Suppression | null;
  /** Whether the story is longer, but its beginning was left out. */
  truncated: boolean;
}
