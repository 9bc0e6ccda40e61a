import { lastSentAt } from '../limits/recipient-limits';
import { type Recipient } from '../recipients/recipient';
import {
  type NewVerification,
  type VerificationRow,
  type VerificationWithDelivery,
} from './verification.repository';
import { type Verification, type VerificationStatus } from './verification.types';

/** The status of a row now. A verification that expired or has no attempts left is still stored as PENDING. */
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
 * The time left until the code expires and until a resend is possible. A device with a wrong clock can count it down,
 * because the database's clock measures it. The first time is rounded down so that no user acts too late, and the
 * second is rounded up so that no user acts too early.
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

/** Describes a verification at the moment it was accepted, so that the answer needs no read. */
export function acceptedVerification(
  { id, purpose, maxAttempts }: NewVerification,
  { createdAt, expiresAt }: { createdAt: number; expiresAt: number },
  details: { recipient: Recipient; codeLength: number; cooldownSeconds: number; sendsNothing: boolean },
): Verification {
  const { recipient, codeLength, cooldownSeconds, sendsNothing } = details;
  const resendAvailableAt = createdAt + cooldownSeconds * 1000;
  const status = 'PENDING';
  return {
    id,
    recipient,
    purpose,
    codeLength,
    attemptsRemaining: maxAttempts,
    createdAt,
    expiresAt,
    resendAvailableAt,
    ...countdowns({ status, expiresAt, resendAvailableAt }, createdAt),
    status,
    delivery: { status: sendsNothing ? 'DELIVERED' : 'QUEUED', failure: null, updatedAt: createdAt },
  };
}
