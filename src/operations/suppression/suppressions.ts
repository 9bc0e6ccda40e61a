import { type AuditLog, type Operator } from '../../audit/audit-log';
import { type SesSuppression } from '../../channels/ses/events/ses-events';
import { type Database } from '../../database/database';
import { query } from '../../database/statement';
import { type EventOutbox } from '../../events/event-outbox';
import { type Recipient } from '../../recipients/recipient';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { type SuppressionCause } from '../../recipients/suppression/suppression.entity';
import {
  deleteSuppression,
  findSuppression,
  insertSuppression,
  listSuppressions,
  type NewSuppression,
  type SuppressionPosition,
  type SuppressionRow,
} from '../../recipients/suppression/suppression.repository';
import { toStorableText } from '../../shared/to-storable-text';

/** The action of an operator in the audit log. */
const UNSUPPRESS = 'unsuppressRecipient';
/** How many of these actions are read about one recipient. Those before the one that succeeded may have been refused. */
const LATEST_ACTIONS = 20;

/** A suppressed recipient as operators see it. */
export interface Suppression {
  /** Null after an erasure: nobody can read who it is. */
  recipient: Recipient | null;
  channel: Recipient['channel'];
  cause: SuppressionCause;
  note: string | null;
  verificationId: string | null;
  /** Epoch milliseconds. */
  createdAt: number;
  position: SuppressionPosition;
}

/** The suppression list of the account at the e-mail provider. */
export interface ProviderSuppressionList {
  /** Removes an address; does nothing when the list does not contain it. @throws AppError PROVIDER_ERROR */
  remove(address: string): Promise<void>;
}

export interface SuppressionsDeps {
  database: Database;
  vault: RecipientVault;
  events: EventOutbox;
  audit: AuditLog;
  /** Null: no provider in use has such a list. */
  providerList: ProviderSuppressionList | null;
}

/**
 * The recipients that must not be sent to. Exactly the canonical address is suppressed, compared without case. Other
 * spellings (`user+tag`) are other addresses: otherwise a stranger could block a mailbox by letting another spelling
 * bounce.
 */
export class Suppressions {
  constructor(private readonly deps: SuppressionsDeps) {}

  /**
   * Suppresses the recipient of a verification whose e-mail bounced for good or was complained about. SNS repeats an
   * event for up to an hour until it is answered, so an event older than an operator's `unsuppressRecipient` does
   * not suppress the recipient again.
   */
  async suppressAfterEvent(verificationId: string, { cause, at }: SesSuppression): Promise<void> {
    const { database, vault } = this.deps;
    const [row] = await database.read<{ id: string; channel: 'EMAIL'; recipient_sealed: string }>(
      `SELECT id, channel, recipient_sealed FROM verification WHERE id = $1`,
      [verificationId],
    );
    // An erased recipient cannot be found any more.
    if (!row) return;
    const recipient = vault.open(row);
    if (at !== null && (await this.isUnsuppressedSince(at, recipient))) return;
    await this.suppress(recipient, { cause, note: null, verificationId });
  }

  /** @returns false when the recipient was suppressed already. */
  async suppressByOperator(recipient: Recipient, note: string | null, operator: Operator): Promise<boolean> {
    const { audit, vault } = this.deps;
    const stored = note === null ? null : toStorableText(note);
    const about = { target: null, recipientKey: vault.key(recipient) };
    return audit.recorded({ ...operator, action: 'suppressRecipient', ...about }, () =>
      this.suppress(recipient, { cause: 'OPERATOR', note: stored, verificationId: null }),
    );
  }

  /**
   * Removes a recipient from this list and from the provider's. The provider's list comes first, so that a failure
   * there leaves the recipient suppressed.
   *
   * @returns false when the recipient was not suppressed here.
   * @throws AppError PROVIDER_ERROR
   */
  async unsuppress(recipient: Recipient, operator: Operator): Promise<boolean> {
    const { database, vault, audit, providerList } = this.deps;
    const recipientKey = vault.key(recipient);
    const event = { ...operator, action: UNSUPPRESS, target: null, recipientKey };
    return audit.recorded(event, async () => {
      if (recipient.channel === 'EMAIL') await providerList?.remove(recipient.canonical);
      return deleteSuppression(database, recipientKey);
    });
  }

  async find(recipient: Recipient): Promise<Suppression | null> {
    const row = await findSuppression(this.deps.database, this.deps.vault.key(recipient));
    return row && this.open(row);
  }

  /** Newest first. */
  async page(first: number, after: SuppressionPosition | null): Promise<Suppression[]> {
    return (await listSuppressions(this.deps.database, first, after)).map((row) => this.open(row));
  }

  /** The audit log is kept for at least a year, longer than SNS repeats an event. */
  private async isUnsuppressedSince(fromMs: number, recipient: Recipient): Promise<boolean> {
    const filter = { action: UNSUPPRESS, recipientKey: this.deps.vault.key(recipient), fromMs };
    const page = { limit: LATEST_ACTIONS, after: null, order: 'newest first' } as const;
    return (await this.deps.audit.list(filter, page)).some(({ outcome }) => outcome === 'OK');
  }

  private async suppress(
    recipient: Recipient,
    about: Pick<NewSuppression, 'cause' | 'note'> & { verificationId: string | null },
  ): Promise<boolean> {
    const { database, vault, events } = this.deps;
    const key = vault.key(recipient);
    const row: NewSuppression = {
      key,
      channel: recipient.channel,
      recipient_sealed: vault.sealSuppressed(key, recipient),
      cause: about.cause,
      note: about.note,
      verification_id: about.verificationId,
    };
    return database.transaction(function* () {
      const [stored] = yield* query<{ created_at: number }>(insertSuppression(row));
      if (!stored) return false;
      yield* events.storeSuppression(key, about.verificationId, stored.created_at);
      return true;
    });
  }

  private open(row: SuppressionRow): Suppression {
    const { key, channel, recipient_sealed, cause, note, verification_id: verificationId } = row;
    return {
      recipient:
        recipient_sealed === null ? null : this.deps.vault.openSuppressed({ key, channel, recipient_sealed }),
      channel,
      cause,
      note,
      verificationId,
      createdAt: row.created_at,
      position: { at: row.created_at, key },
    };
  }
}
