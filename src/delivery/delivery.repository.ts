import { type DeliveryFailure } from '../channels/provider.types';
import { type Channel } from '../recipients/channel';
import { type Step } from '../database/chain';
import { type Database } from '../database/database';
import { LEASE_MS } from './delivery-queue';

/** A delivery that this node may send, as it was when claimed. */
export interface ClaimedDelivery {
  id: string;
  verification_id: string;
  channel: Channel;
  provider: string | null;
  attempts: number;
  rounds: number;
  unknown_outcomes: number;
  ruled_out: string;
  uncertain_since: number | null;
  lease_owner: string;
  created_at: number;
  expires_at: number;
  /** The database's clock at the claim. */
  now: number;
}

export interface DueReceipt {
  id: string;
  verification_id: string;
  channel: Channel;
  provider: string;
  provider_message_id: string;
  receipt_checks: number;
  expires_at: number;
  now: number;
}

export interface QueueDepth {
  depth: number;
  /** Age of the oldest row in the queue, in seconds; 0 when it is empty. */
  oldestSeconds: number;
}

/**
 * The queue's statements. Every change of a claimed row names the claim: a node whose lease was taken over changes
 * nothing and learns so from `false`.
 */
export class DeliveryRepository {
  /** PostgreSQL passes over rows that another node is claiming; SQLite has one writer. */
  private readonly skipLocked: string;

  constructor(private readonly database: Database) {
    this.skipLocked = database.dialect === 'postgres' ? 'FOR UPDATE SKIP LOCKED' : '';
  }

  /**
   * Takes up to `limit` due deliveries under the lease `owner`. A row whose lease ran out was perhaps sent by the
   * node that held it, so it is marked uncertain from the time of that claim.
   */
  claim(owner: string, limit: number): Promise<ClaimedDelivery[]> {
    return this.database.write<ClaimedDelivery>(
      `UPDATE delivery SET lease_owner = $1, due_at = now_ms() + ${LEASE_MS}, updated_at = now_ms(),
         uncertain_since = CASE WHEN lease_owner IS NULL THEN uncertain_since ELSE coalesce(uncertain_since, updated_at) END
       WHERE id IN (SELECT id FROM delivery WHERE due_at <= now_ms() ORDER BY due_at LIMIT $2 ${this.skipLocked})
       RETURNING id, verification_id, channel, provider, attempts, rounds, unknown_outcomes, ruled_out, uncertain_since,
         lease_owner, created_at, expires_at, now_ms() AS now`,
      [owner, limit],
    );
  }

  /**
   * On SQLite there is one server, so whatever is leased when it starts was leased to a process that is gone: its
   * messages need not wait for their leases to end. They stay marked, so that the claim knows they may have left.
   */
  async reclaimAtStart(): Promise<void> {
    if (this.database.dialect !== 'sqlite') return;
    await this.database.write(
      `UPDATE delivery SET due_at = now_ms() WHERE due_at IS NOT NULL AND lease_owner IS NOT NULL`,
    );
  }

  /** The provider has the message. `receiptInMs`: when to ask what became of it, or null not to ask. */
  async completeSent(
    claim: { id: string; lease: string },
    sent: { provider: string; providerMessageId: string; delivered: boolean; receiptInMs: number | null },
  ): Promise<boolean> {
    return this.changes({
      key: 'id',
      sql: `UPDATE delivery SET status = $3, provider = $4, provider_message_id = $5, attempts = attempts + 1,
         sent_at = now_ms(), updated_at = now_ms(), due_at = NULL, lease_owner = NULL, uncertain_since = NULL,
         receipt_due_at = now_ms() + cast($6 AS bigint)
       WHERE true AND id = $1 AND lease_owner = $2 RETURNING id`,
      params: [
        claim.id,
        claim.lease,
        sent.delivered ? 'DELIVERED' : 'SENT',
        sent.provider,
        sent.providerMessageId,
        sent.receiptInMs,
      ],
    });
  }

  /** The providers' ids of all messages that are recorded for a verification. */
  async recordedMessageIds(verificationId: string): Promise<Set<string>> {
    const rows = await this.database.read<{ id: string }>(
      `SELECT provider_message_id AS id FROM delivery WHERE verification_id = $1 AND provider_message_id IS NOT NULL`,
      [verificationId],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Whether the statement changed its row; on PostgreSQL together with others that wait for the same. */
  private async changes(step: Step): Promise<boolean> {
    const { chains } = this.database;
    if (chains) return (await chains.run({ steps: [step], answer: 0 })) !== null;
    return (await this.database.write(step.sql, step.params)).length === 1;
  }

  async completeFailed(
    claim: { id: string; lease: string },
    end: {
      failure: DeliveryFailure;
      provider: string | null;
      ruledOut: string;
      lastError: string | null;
      tried: boolean;
    },
  ): Promise<boolean> {
    const rows = await this.database.write(
      `UPDATE delivery SET status = 'FAILED', failure = $3, provider = coalesce($4, provider), ruled_out = $5,
         last_error = coalesce($6, last_error), attempts = attempts + $7, updated_at = now_ms(), due_at = NULL,
         lease_owner = NULL
       WHERE id = $1 AND lease_owner = $2 RETURNING id`,
      [claim.id, claim.lease, end.failure, end.provider, end.ruledOut, end.lastError, end.tried ? 1 : 0],
    );
    return rows.length === 1;
  }

  /**
   * Puts the delivery back into the queue, until its code's end at the latest, so that its end is recorded then.
   * `uncertainSince` is kept for the look-up that must come before the next send.
   */
  async retry(
    claim: { id: string; lease: string },
    next: {
      provider: string | null;
      ruledOut: string;
      rounds: number;
      unknownOutcomes: number;
      delayMs: number;
      uncertainSince: number | null;
      lastError: string;
    },
  ): Promise<boolean> {
    const rows = await this.database.write(
      `UPDATE delivery SET provider = $3, ruled_out = $4, rounds = $5, uncertain_since = $7,
         due_at = CASE WHEN now_ms() + $6 < expires_at THEN now_ms() + $6 ELSE expires_at END,
         last_error = $8, unknown_outcomes = $9, attempts = attempts + 1, updated_at = now_ms(), lease_owner = NULL
       WHERE id = $1 AND lease_owner = $2 RETURNING id`,
      [
        claim.id,
        claim.lease,
        next.provider,
        next.ruledOut,
        next.rounds,
        next.delayMs,
        next.uncertainSince,
        next.lastError,
        next.unknownOutcomes,
      ],
    );
    return rows.length === 1;
  }

  /** Gives claims back untried, to be claimed again after `inMs`, by this node or another. */
  async release(claims: readonly { id: string; lease: string }[], inMs = 0): Promise<void> {
    for (const { id, lease } of claims) {
      await this.database.write(
        `UPDATE delivery SET due_at = now_ms() + $3, lease_owner = NULL WHERE id = $1 AND lease_owner = $2`,
        [id, lease, inMs],
      );
    }
  }

  /** Takes up to `limit` due receipts; each comes up again after `againInMs`, should this node die. */
  claimReceipts(limit: number, againInMs: number): Promise<DueReceipt[]> {
    return this.database.write<DueReceipt>(
      `UPDATE delivery SET receipt_due_at = now_ms() + $2, receipt_checks = receipt_checks + 1
       WHERE id IN (SELECT id FROM delivery WHERE receipt_due_at <= now_ms() ORDER BY receipt_due_at LIMIT $1 ${this.skipLocked})
       RETURNING id, verification_id, channel, provider, provider_message_id, receipt_checks, expires_at, now_ms() AS now`,
      [limit, againInMs],
    );
  }

  /** When to ask again, or with null never. */
  async scheduleReceipt(id: string, inMs: number | null): Promise<void> {
    await this.database.write(
      `UPDATE delivery SET receipt_due_at = now_ms() + $2 WHERE id = $1 AND status = 'SENT'`,
      [id, inMs],
    );
  }

  /** Records what became of a message; false when that was known already. */
  async settleReceipt(
    id: string,
    status: 'DELIVERED' | 'FAILED',
    failure: DeliveryFailure | null,
  ): Promise<boolean> {
    const rows = await this.database.write(
      `UPDATE delivery SET status = $2, failure = $3, updated_at = now_ms(), receipt_due_at = NULL
       WHERE id = $1 AND status = 'SENT' RETURNING id`,
      [id, status, failure],
    );
    return rows.length === 1;
  }

  /** The provider took the message but could not deliver it, and another try may. */
  async requeueAfterReceipt(id: string, delayMs: number, lastError: string): Promise<boolean> {
    const rows = await this.database.write(
      `UPDATE delivery SET status = 'QUEUED', due_at = now_ms() + $2, rounds = rounds + 1, last_error = $3,
         receipt_due_at = NULL, updated_at = now_ms()
       WHERE id = $1 AND status = 'SENT' RETURNING id`,
      [id, delayMs, lastError],
    );
    return rows.length === 1;
  }

  /** How long the oldest due delivery has waited for a node to take it, in milliseconds; 0 when none is due. */
  async longestWaitMs(): Promise<number> {
    const [row] = await this.database.read<{ due: number | null; now: number }>(
      `SELECT min(due_at) AS due, now_ms() AS now FROM delivery WHERE due_at <= now_ms()`,
    );
    return row!.due === null ? 0 : row!.now - row!.due;
  }

  async depth(): Promise<QueueDepth> {
    const [row] = await this.database.read<{ depth: number; oldest: number | null; now: number }>(
      `SELECT count(*) AS depth, min(created_at) AS oldest, now_ms() AS now FROM delivery WHERE due_at IS NOT NULL`,
    );
    const { depth, oldest, now } = row!;
    return { depth: Number(depth), oldestSeconds: oldest === null ? 0 : Math.max(0, now - oldest) / 1000 };
  }
}
