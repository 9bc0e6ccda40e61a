import { type Database } from '../../database/database';
import { type AcceptedSend, type OutgoingMessage, type Provider } from '../provider.types';
import { type Channel } from '../../recipients/channel';

export interface InboxEntry {
  id: string;
  verificationId: string;
  sentAt: number;
}

/** At most this many messages are shown: it is a window for development, not an archive. */
const SHOWN = 100;

/**
 * Keeps what was sent to whom, for development. The text, and with it the code, is not kept: it is rendered when
 * the inbox is read.
 */
export class InboxProvider implements Provider {
  readonly name = 'inbox';

  constructor(
    readonly channel: Channel,
    private readonly database: Database,
    private readonly recipientKey: (channel: Channel, to: string) => string,
  ) {}

  async send(message: OutgoingMessage): Promise<AcceptedSend> {
    // Out of the verification's own row: someone erased in the meantime gets nothing.
    await this.database.write(
      `INSERT INTO inbox_message (id, verification_id, recipient_key, sent_at)
       SELECT $1, id, $3, now_ms() FROM verification WHERE id = $2 ON CONFLICT (id) DO NOTHING`,
      [message.deliveryId, message.verificationId, this.recipientKey(this.channel, message.to)],
    );
    return { providerMessageId: message.deliveryId, delivered: true };
  }
}

/** The newest messages first; with `recipientKey` those of one recipient. */
export async function readInbox(database: Database, recipientKey: string | null): Promise<InboxEntry[]> {
  const columns = `SELECT id, verification_id AS "verificationId", sent_at AS "sentAt" FROM inbox_message`;
  const newestFirst = `ORDER BY sent_at DESC, id DESC LIMIT ${SHOWN}`;
  return recipientKey === null
    ? database.read<InboxEntry>(`${columns} ${newestFirst}`)
    : database.read<InboxEntry>(`${columns} WHERE recipient_key = $1 ${newestFirst}`, [recipientKey]);
}
