import { type Database } from '../../database/database';
import { type CreateProvider, type InboxParts, type ProviderParts } from '../create-provider.types';
import { type AcceptedSend, type OutgoingMessage, type Provider } from '../provider.types';
import { type Channel } from '../../recipients/channel';
import { type SqlValue } from '../../database/statement';

export interface InboxEntry {
  id: string;
  verificationId: string;
  sentAt: number;
}

/** At most this many messages are shown. The inbox is for development and is not an archive. */
const SHOWN = 100;

/**
 * Stores which messages were sent to whom, for development. The text contains the code, so it is not stored: it is
 * rendered when the inbox is read.
 */
export class InboxProvider implements Provider {
  readonly name = 'inbox';

  constructor(
    readonly channel: Channel,
    private readonly parts: InboxParts,
  ) {}

  async send(message: OutgoingMessage): Promise<AcceptedSend> {
    // Inserts nothing when the verification does not exist any more, because its recipient was erased meanwhile.
    await this.parts.database.write(
      `INSERT INTO inbox_message (id, verification_id, recipient_key, sent_at)
       SELECT $1, id, $3, now_ms() FROM verification WHERE id = $2 ON CONFLICT (id) DO NOTHING`,
      [message.deliveryId, message.verificationId, this.parts.recipientKey(this.channel, message.to)],
    );
    return { providerMessageId: message.deliveryId, delivered: true };
  }
}

export const createEmailInbox: CreateProvider = (_settings, parts) => createInbox('EMAIL', parts);
export const createSmsInbox: CreateProvider = (_settings, parts) => createInbox('SMS', parts);

function createInbox(channel: Channel, { inbox }: ProviderParts): InboxProvider {
  if (inbox === null) throw new Error('the inbox needs a database');
  return new InboxProvider(channel, inbox);
}

/** Which messages are read; null means all. */
export interface InboxFilter {
  recipientKey: string | null;
  channel: Channel | null;
}

/** Returns the newest messages first. */
export async function readInbox(database: Database, filter: InboxFilter): Promise<InboxEntry[]> {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const require = (column: string, value: string | null) => {
    if (value !== null) conditions.push(`${column} = $${values.push(value)}`);
  };
  require('m.recipient_key', filter.recipientKey);
  require('v.channel', filter.channel);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return database.read<InboxEntry>(
    `SELECT m.id, m.verification_id AS "verificationId", m.sent_at AS "sentAt"
     FROM inbox_message m JOIN verification v ON v.id = m.verification_id
     ${where} ORDER BY m.sent_at DESC, m.id DESC LIMIT ${SHOWN}`,
    values,
  );
}
