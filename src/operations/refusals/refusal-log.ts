import { type Database } from '../../database/database';
import { type Channel } from '../../recipients/channel';
import { type Recipient } from '../../recipients/recipient';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { decodeCause, type RefusalCause } from './refusal-cause';
import { listRefusals, type RefusalPosition } from './refusal.repository';

/** Equal refusals of one hour. Times are epoch milliseconds. */
export interface LoggedRefusal extends RefusalCause {
  /** Start of the hour. */
  hour: number;
  channel: Channel | null;
  count: number;
  lastAt: number;
  position: RefusalPosition;
}

/** The refusal log for operators: newest hour first. */
export class RefusalLog {
  constructor(
    private readonly database: Database,
    private readonly vault: RecipientVault,
  ) {}

  /** Returns up to `limit` entries after a position; with a recipient, only entries of this recipient. */
  async page(
    recipient: Recipient | null,
    limit: number,
    after: RefusalPosition | null,
  ): Promise<LoggedRefusal[]> {
    const key = recipient && this.vault.key(recipient);
    const rows = await listRefusals(this.database, key, limit, after);
    return rows.map(({ hour, recipient_key, channel, reason, count, last_at: lastAt }) => ({
      ...decodeCause(reason),
      hour,
      channel: channel === '' ? null : channel,
      count,
      lastAt,
      position: { hour, recipient_key, channel, reason },
    }));
  }
}
