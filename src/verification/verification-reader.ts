import { type Database } from '../database/database';
import { type RecipientVault } from '../recipients/recipient-vault';
import { type Recipient } from '../recipients/recipient';
import { AppError } from '../shared/errors';
import { type CodeDerivation } from './code/code-derivation';
import {
  findLiveByRequestKey,
  findVerificationWithDelivery,
  type NewVerification,
} from './verification.repository';
import { type Verification } from './verification.types';
import { acceptedVerification, toVerification } from './verification.view';

export interface VerificationReaderDeps {
  database: Database;
  vault: RecipientVault;
  codes: CodeDerivation;
  cooldownSeconds: number;
}

/** Reads verifications in the form that callers may see. */
export class VerificationReader {
  constructor(private readonly deps: VerificationReaderDeps) {}

  /** @returns null for an unknown id. A malformed id is found to be unknown without reading the database. */
  async find(id: string): Promise<Verification | null> {
    const { database, vault, codes, cooldownSeconds } = this.deps;
    const codeLength = codes.codeLength(id);
    if (codeLength === null) return null;
    const row = await findVerificationWithDelivery(database, id);
    return row && toVerification(row, vault.open(row), codeLength, cooldownSeconds);
  }

  /** @throws AppError NOT_FOUND. */
  async get(id: string): Promise<Verification> {
    const verification = await this.find(id);
    if (!verification) throw verificationNotFound();
    return verification;
  }

  /**
   * The live verification of an earlier request with the same idempotency key.
   *
   * @returns null when no such verification exists, or when the request has no idempotency key.
   *
   * @throws AppError CONFLICT when that request had another input.
   */
  async findRepeated({ requestKey, requestFingerprint }: NewVerification): Promise<Verification | null> {
    if (requestKey === null) return null;
    const row = await findLiveByRequestKey(this.deps.database, requestKey);
    if (!row) return null;
    if (row.request_fingerprint !== requestFingerprint)
      throw new AppError('CONFLICT', 'idempotencyKey: it was used for a different input; use a new key');
    return this.find(row.id);
  }

  /** Describes a verification at the moment it was accepted, without reading the database. */
  describeAccepted(
    verification: NewVerification,
    times: { createdAt: number; expiresAt: number },
    recipient: Recipient,
  ): Verification {
    const { codes, cooldownSeconds } = this.deps;
    return acceptedVerification(verification, times, {
      recipient,
      codeLength: codes.codeLength(verification.id)!,
      cooldownSeconds,
      sendsNothing: codes.isFixed(recipient),
    });
  }
}

export function verificationNotFound(): AppError {
  return new AppError('NOT_FOUND', 'there is no verification with this id');
}
