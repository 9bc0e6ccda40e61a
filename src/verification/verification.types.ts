import { type DeliveryFailure } from '../channels/provider.types';
import { type Channel } from '../recipients/channel';
import { type DeliveryStatus } from '../delivery/delivery.entity';
import { type RecipientLimits } from '../limits/recipient-limits';
import { type SharedLimitSettings } from '../limits/shared-limits';
import { type HumanCheckSettings, type HumanEvidence } from '../limits/siteverify-client';
import { type Recipient } from '../recipients/recipient';
import { type TestRecipients } from '../recipients/test-recipients';

export type VerificationStatus = 'PENDING' | 'VERIFIED' | 'EXPIRED' | 'LOCKED' | 'CANCELED';

/** A verification in the form that callers may see. Times are epoch milliseconds. */
export interface Verification {
  id: string;
  recipient: Recipient;
  purpose: string;
  codeLength: number;
  attemptsRemaining: number;
  createdAt: number;
  expiresAt: number;
  resendAvailableAt: number;
  /** Whole seconds by the database's clock until the code expires; 0 when the verification has ended. */
  expiresInSeconds: number;
  /**
   * Whole seconds by the database's clock until a resend is possible; 0 when it is possible now or when the
   * verification has ended.
   */
  resendInSeconds: number;
  status: VerificationStatus;
  delivery: { status: DeliveryStatus; failure: DeliveryFailure | null; updatedAt: number };
}

export interface RequestOptions {
  purpose: string;
  /** BCP 47, as the caller wrote it; null for the default language. */
  locale: string | null;
  /** One of `VerificationSettings.appHashes`. The SMS ends with it. */
  appHash?: string | null;
  idempotencyKey?: string | null;
  nonce?: string | null;
  human: HumanEvidence;
}

export type VerifyRefusal = 'WRONG_CODE' | 'EXPIRED' | 'LOCKED' | 'ALREADY_USED' | 'CANCELED' | 'NOT_FOUND';

export type VerifyOutcome =
  | { verified: true; reason: null; attemptsRemaining: number; proof: string }
  | { verified: false; reason: VerifyRefusal; attemptsRemaining: number; proof: null };

export interface CodeSettings {
  /** Digits, 4 to 10. */
  length: number;
  ttlSeconds: number;
}

/** What one purpose changes. Null: the settings of the channel apply. */
export interface PurposePolicy {
  /** Digits, 4 to 10. */
  codeLength: number | null;
  ttlSeconds: number | null;
  /** Attempts per verification, 1 to 20. */
  maxAttempts: number | null;
  /** The channels on which codes of this purpose are sent; null for all. */
  channels: readonly Channel[] | null;
  /** Messages of this purpose to one recipient in any 24 hours, besides the general limits. Null and 0: no such limit. */
  recipientDailyLimit: number | null;
}

/** The policies of PURPOSES_FILE. */
export interface PurposeSettings {
  byName: ReadonlyMap<string, PurposePolicy>;
  /** Refuse purposes that are not in `byName`. */
  strict: boolean;
}

/** The settings of codes, limits and recipients; docs/reference/settings.md explains each. */
export interface VerificationSettings {
  codes: Record<Channel, CodeSettings>;
  /** Channels without a provider. Requests for codes on them are refused. */
  closedChannels: readonly Channel[];
  maxAttempts: number;
  purposes: PurposeSettings;
  limits: RecipientLimits;
  sharedLimits: SharedLimitSettings;
  /** Null: the human check is switched off. */
  humanCheck: HumanCheckSettings | null;
  /** ISO 3166 codes. A number without a country code is read as a number of the first country. */
  smsCountries: readonly string[];
  /** The app hashes that a request for an SMS may name. */
  appHashes: readonly string[];
  testRecipients: TestRecipients;
}
