import { type Database } from '../../database/database';
import { type CreateProvider, type InboxParts, type ProviderParts } from '../create-provider.types';
import { type AcceptedSend, type OutgoingMessage, type Provider } from '../provider.types';
import { type Channel } from '../../recipients/channel';

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

/** Returns the newest messages first, of one recipient when `recipientKey` is given. */
export async function readInbox(database: Database, recipientKey: string | null): Promise<InboxEntry[]> {
  const columns = `SELECT id, verification_id AS "verificationId", sent_at AS "sentAt" FROM inbox_message`;
  const newestFirst = `ORDER BY sent_at DESC, id DESC LIMIT ${SHOWN}`;
  return recipientKey === null
    ? database.read<InboxEntry>(`${columns} ${newestFirst}`)
    : database.read<InboxEntry>(`${columns} WHERE recipient_key = $1 ${newestFirst}`, [recipientKey]);
}
