import { type OutgoingMessage } from '../channels/provider.types';
import { type Templates } from '../channels/templates';
import { type Database } from '../database/database';
import { type MessageSource } from '../delivery/message-source.types';
import { type CodeBook } from './code-book';
import { type People } from './people';
import { type Recipient } from './recipient';
import { find } from './verification.repository';
import { statusOf } from './verification.view';
import { type Locale, type VerificationSettings } from './verification.types';

/** Makes messages at the moment they are sent or shown, so that no text with a code is ever kept. */
export class MessageComposer implements MessageSource {
  constructor(
    private readonly database: Database,
    private readonly people: People,
    private readonly codes: CodeBook,
    private readonly templates: Templates,
    private readonly settings: VerificationSettings,
  ) {}

  async message(
    verificationId: string,
    deliveryId: string,
  ): Promise<OutgoingMessage | 'EXPIRED' | 'NO_LONGER_NEEDED'> {
    const row = await find(this.database, verificationId);
    if (!row) return 'NO_LONGER_NEEDED';
    const status = statusOf(row);
    if (status === 'EXPIRED') return 'EXPIRED';
    if (status !== 'PENDING') return 'NO_LONGER_NEEDED';
    return this.compose(verificationId, deliveryId, this.people.open(row), row);
  }

  /** The message of a verification whatever has become of it, for the inbox; null when it is gone. */
  async shown(verificationId: string, deliveryId: string): Promise<OutgoingMessage | null> {
    const row = await find(this.database, verificationId);
    return row && this.compose(verificationId, deliveryId, this.people.open(row), row);
  }

  compose(
    verificationId: string,
    deliveryId: string,
    to: Recipient,
    { locale, purpose }: { locale: string; purpose: string },
  ): OutgoingMessage {
    const code = this.codes.code(verificationId, to);
    if (code === null) throw new Error('the code key of this verification is not in the keyring');
    const rendered = this.templates.render({
      channel: to.channel,
      locale: locale as Locale,
      code,
      purpose,
      ttlMinutes: Math.max(1, Math.round(this.settings.codes[to.channel].ttlSeconds / 60)),
    });
    return { deliveryId, verificationId, code, to: to.canonical, ...rendered };
  }
}
