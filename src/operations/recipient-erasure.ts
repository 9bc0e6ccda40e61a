import { type AuditLog, type Operator } from '../audit/audit-log';
import { type Channel } from '../recipients/channel';
import { type Database } from '../database/database';
import { query, type Transaction } from '../database/statement';
import { type RefusalCounter } from './refusals/refusal-counter';
import { eraseRefusals } from './refusals/refusal.repository';
import { addressKey } from '../recipients/limit-key';
import { type RecipientVault } from '../recipients/recipient-vault';
import { type Recipient } from '../recipients/recipient';
import { forgetSuppressedRecipient } from '../recipients/suppression/suppression.repository';

/** Number of verifications that one statement deletes. SQLite limits the parameters of a statement. */
const BATCH = 500;

interface StoredRecipient {
  id: string;
  channel: Channel;
  recipient_sealed: string;
}

export interface RecipientErasureDeps {
  database: Database;
  vault: RecipientVault;
  audit: AuditLog;
  refusals: Pick<RefusalCounter, 'forget'>;
}

/** Deletes the personal data of a recipient at once, as data protection law requires. */
export class RecipientErasure {
  constructor(private readonly deps: RecipientErasureDeps) {}

  /**
   * Deletes the verifications, deliveries, inbox messages and refusals of exactly this recipient, compared
   * without case. Another spelling (`user+tag`) may be a mailbox of someone else, so it counts as another
   * recipient. A message that is being sent at that moment may still arrive.
   *
   * The counters of its limits remain until their windows end, when retention deletes them. Otherwise an
   * erasure would reset the limits. They contain times and a keyed hash, from which the recipient cannot be
   * found.
   *
   * A suppression stays, without who the recipient is: an erased recipient is still not sent to.
   *
   * The audit log records when and by whom an erasure was done, and the blind index of the recipient.
   *
   * @returns the number of deleted verifications.
   */
  async erase(recipient: Recipient, operator: Operator): Promise<number> {
    const key = this.deps.vault.key(recipient);
    const event = { ...operator, action: 'eraseRecipient', target: null, recipientKey: key };
    return this.deps.audit.recorded(event, async () => {
      await this.deps.refusals.forget(key);
      return this.deps.database.transaction(() => this.eraseRows(recipient, key));
    });
  }

  private *eraseRows(recipient: Recipient, key: string): Transaction<number> {
    const erased = yield* this.eraseVerifications(recipient);
    yield* eraseRefusals(key);
    yield* forgetSuppressedRecipient(key);
    return erased;
  }

  private *eraseVerifications(recipient: Recipient): Transaction<number> {
    const keys = this.deps.vault.storedKeys(recipient);
    const rows = yield* query<StoredRecipient>(
      `SELECT id, channel, recipient_sealed FROM verification WHERE recipient_key IN (${places(keys)})`,
      keys,
    );
    const erasedKey = addressKey(recipient);
    const ids = rows.filter((row) => addressKey(this.deps.vault.open(row)) === erasedKey).map(({ id }) => id);
    let erased = 0;
    for (let from = 0; from < ids.length; from += BATCH) {
      const batch = ids.slice(from, from + BATCH);
      const sql = `DELETE FROM verification WHERE id IN (${places(batch)}) RETURNING id`;
      erased += (yield* query(sql, batch)).length;
    }
    return erased;
  }
}

/** Returns `$1, $2, ...` for as many values. */
function places(values: readonly unknown[]): string {
  return values.map((_, index) => `$${index + 1}`).join(', ');
}
