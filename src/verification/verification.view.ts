import { lastSentAt } from '../limits/budget.repository';
import { type Recipient } from '../recipients/recipient';
import { fixedCodeOf } from '../recipients/test-recipients';
import { type VerificationRow, type VerificationWithDelivery } from './verification.repository';
import {
  type RequestOptions,
  type Verification,
  type VerificationSettings,
  type VerificationStatus,
} from './verification.types';

/** The status that a row has now: time and used-up tries end a pending one without a write. */
export function statusOf(row: VerificationRow): VerificationStatus {
  if (row.status !== 'PENDING') return row.status;
  if (row.attempts_remaining === 0) return 'LOCKED';
  return row.expires_at <= row.now ? 'EXPIRED' : 'PENDING';
}

export function toVerification(
  row: VerificationWithDelivery,
  recipient: Recipient,
  codeLength: number,
  cooldownSeconds: number,
): Verification {
  const lastSent = Math.max(lastSentAt(row.recipient_sent) ?? 0, row.created_at);
  const resendAvailableAt = cooldownSeconds === 0 ? row.created_at : lastSent + cooldownSeconds * 1000;
  const status = statusOf(row);
  return {
    id: row.id,
    recipient,
    purpose: row.purpose,
    codeLength,
    attemptsRemaining: row.attempts_remaining,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    resendAvailableAt,
    ...countdowns({ status, expiresAt: row.expires_at, resendAvailableAt }, row.now),
    status,
    delivery: {
      status: row.delivery_status,
      failure: row.delivery_failure,
      updatedAt: row.delivery_updated_at,
    },
  };
}

/**
 * What is left of a verification's times, by the database's clock, so that a device whose own clock is wrong can count
 * down. The life is rounded down and the wait up: at neither end does a user act in vain.
 */
function countdowns(
  { status, expiresAt, resendAvailableAt }: Pick<Verification, 'status' | 'expiresAt' | 'resendAvailableAt'>,
  now: number,
): Pick<Verification, 'expiresInSeconds' | 'resendInSeconds'> {
  if (status !== 'PENDING') return { expiresInSeconds: 0, resendInSeconds: 0 };
  return {
    expiresInSeconds: Math.max(0, Math.floor((expiresAt - now) / 1000)),
    resendInSeconds: Math.max(0, Math.ceil((resendAvailableAt - now) / 1000)),
  };
}

/** What a verification looks like at the moment it was accepted: nothing has to be read for the answer. */
export function requestedView(
  requested: {
    id: string;
    createdAt: number;
    expiresAt: number;
    recipient: Recipient;
    options: RequestOptions;
    codeLength: number;
  },
  settings: VerificationSettings,
): Verification {
  const { id, createdAt, expiresAt, recipient, options, codeLength } = requested;
  const resendAvailableAt = createdAt + settings.limits.cooldownSeconds * 1000;
  const status = 'PENDING';
  const fixed = fixedCodeOf(settings.testRecipients, recipient.canonical) !== undefined;
  return {
    id,
    recipient,
    purpose: options.purpose,
    codeLength,
    attemptsRemaining: settings.maxAttempts,
    createdAt,
    expiresAt,
    resendAvailableAt,
    ...countdowns({ status, expiresAt, resendAvailableAt }, createdAt),
    status,
    delivery: { status: fixed ? 'DELIVERED' : 'QUEUED', failure: null, updatedAt: createdAt },
  };
}
