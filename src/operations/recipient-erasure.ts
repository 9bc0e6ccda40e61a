import { type AuditLog } from '../audit/audit-log';
import { type Channel } from '../recipients/channel';
import { type Database } from '../database/database';
import { query, type Transaction } from '../database/statement';
import { type RefusalCounter } from './refusals/refusal-counter';
import { eraseRefusals } from './refusals/refusal.repository';
import { addressKey } from '../recipients/limit-key';
import { type RecipientVault } from '../recipients/recipient-vault';
import { type Recipient } from '../recipients/recipient';

/** Verifications that one statement removes: SQLite bounds the parameters of a statement. */
const BATCH = 500;

interface StoredRecipient {
  id: string;
  channel: Channel;
  recipient_sealed: string;
}

/** Removes a recipient's personal data at once, as data protection law grants. */
export class RecipientErasure {
  constructor(
    private readonly database: Database,
    private readonly vault: RecipientVault,
    private readonly audit: AuditLog,
    private readonly refusals: Pick<RefusalCounter, 'forget'>,
  ) {}

  /**
   * Removes the verifications, deliveries, inbox messages and refusals of exactly this recipient, compared without case. Another
   * spelling (`user+tag`) may be another person's mailbox, so it is another recipient. A message that is being sent at
   * that moment may still arrive.
   *
   * The counters of its limits stay until their windows end, when retention removes them; otherwise an erasure would
   * refill them. They contain times and a keyed hash, which does not lead back to the recipient.
   *
   * The audit log records that somebody was erased, when and by whom, and not who it was.
   *
   * @returns the number of verifications removed.
   */
  async erase(recipient: Recipient, actor: string): Promise<number> {
    const key = this.vault.key(recipient);
    return this.audit.recorded({ actor, action: 'eraseRecipient', target: null }, async () => {
      await this.refusals.forget(key);
      return this.database.transaction(() => this.eraseRows(recipient, key));
    });
  }

  private *eraseRows(recipient: Recipient, key: string): Transaction<number> {
    const erased = yield* this.eraseVerifications(recipient);
    yield* eraseRefusals(key);
    return erased;
  }

  private *eraseVerifications(recipient: Recipient): Transaction<number> {
    const keys = this.vault.storedKeys(recipient);
    const rows = yield* query<StoredRecipient>(
      `SELECT id, channel, recipient_sealed FROM verification WHERE recipient_key IN (${places(keys)})`,
      keys,
    );
    const wanted = addressKey(recipient);
    const ids = rows.filter((row) => addressKey(this.vault.open(row)) === wanted).map(({ id }) => id);
    let erased = 0;
    for (let from = 0; from < ids.length; from += BATCH) {
      const batch = ids.slice(from, from + BATCH);
      const sql = `DELETE FROM verification WHERE id IN (${places(batch)}) RETURNING id`;
      erased += (yield* query(sql, batch)).length;
    }
    return erased;
  }
}

/** `$1, $2, ...`, as many as there are values. */
function places(values: readonly unknown[]): string {
  return values.map((_, index) => `$${index + 1}`).join(', ');
}
