import { type Database } from '../../database/database';
import { findVerification, markProofConsumed } from '../verification.repository';
import { type ProofSigner } from './proof-signer';

export type ConsumeOutcome =
  | { accepted: true; reason: null; verificationId: string }
  | { accepted: false; reason: 'INVALID' | 'EXPIRED' | 'ALREADY_CONSUMED'; verificationId: string | null };

/** Accepts each proof once, on any node and at any concurrency. */
export class ConsumeProof {
  constructor(
    private readonly database: Database,
    private readonly proofs: ProofSigner,
  ) {}

  async run(token: string): Promise<ConsumeOutcome> {
    const check = await this.proofs.check(token);
    if (!check.valid) return { accepted: false, reason: check.reason, verificationId: null };
    const { verificationId } = check;
    if (await markProofConsumed(this.database, verificationId))
      return { accepted: true, reason: null, verificationId };
    return (await findVerification(this.database, verificationId))
      ? { accepted: false, reason: 'ALREADY_CONSUMED', verificationId }
      : { accepted: false, reason: 'INVALID', verificationId: null };
  }
}
