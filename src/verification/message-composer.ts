import { type OutgoingMessage } from '../channels/provider.types';
import { type Templates } from '../channels/templates/templates';
import { type Database } from '../database/database';
import { type MessageSource } from '../delivery/message-source.types';
import { type CodeDerivation } from './code/code-derivation';
import { type RecipientVault } from '../recipients/recipient-vault';
import { type Recipient } from '../recipients/recipient';
import { findSendableVerification, findVerification, type VerificationRow } from './verification.repository';
import { SECOND_MS } from '../shared/clock';
import { statusOf } from './verification.view';

/** The values that a message's text depends on, besides the code. */
export interface Wording {
  locale: string;
  purpose: string;
  /** The app hash that ends the SMS; null for the usual form. */
  appHash: string | null;
  /** The time until the code expires, in milliseconds. */
  leftMs: number;
  /** When the code expires, by the database's clock, in epoch milliseconds. */
  expiresAt: number;
}

export interface MessageComposerDeps {
  database: Database;
  vault: RecipientVault;
  codes: CodeDerivation;
  templates: Templates;
}

/** Renders messages when they are sent or shown, so that no text with a code is ever stored. */
export class MessageComposer implements MessageSource {
  constructor(private readonly deps: MessageComposerDeps) {}

  async message(
    verificationId: string,
    deliveryId: string,
  ): Promise<OutgoingMessage | 'EXPIRED' | 'NO_LONGER_NEEDED'> {
    const row = await findSendableVerification(this.deps.database, verificationId);
    if (!row) return 'NO_LONGER_NEEDED';
    const status = statusOf(row);
    if (status === 'EXPIRED') return 'EXPIRED';
    if (status !== 'PENDING') return 'NO_LONGER_NEEDED';
    return this.compose({ verificationId, deliveryId }, this.deps.vault.open(row), wordingOf(row, row.now));
  }

  /**
   * Renders a message again for the development inbox, even if the verification has ended since.
   *
   * @param sentAt when the message was sent, in epoch milliseconds. The message states the time that was left then.
   * @returns null when the verification was deleted.
   */
  async shown(verificationId: string, deliveryId: string, sentAt: number): Promise<OutgoingMessage | null> {
    const row = await findVerification(this.deps.database, verificationId);
    return (
      row && this.compose({ verificationId, deliveryId }, this.deps.vault.open(row), wordingOf(row, sentAt))
    );
  }

  compose(
    { verificationId, deliveryId }: { verificationId: string; deliveryId: string },
    to: Recipient,
    { locale, purpose, appHash, leftMs, expiresAt }: Wording,
  ): OutgoingMessage {
    const code = this.deps.codes.code(verificationId, to);
    if (code === null) throw new Error('the code key of this verification is not in the keyring');
    const rendered = this.deps.templates.render({
      channel: to.channel,
      locale,
      code,
      purpose,
      appHash,
      leftMs: wholeSeconds(leftMs),
    });
    const about = { locale, purpose, leftMs, expiresAt };
    return { deliveryId, verificationId, code, to: to.canonical, ...about, ...rendered };
  }
}

/**
 * Rounds up to whole seconds. Otherwise a message would say 29 minutes for a code that is valid for 30, because some
 * milliseconds pass before the message is rendered.
 */
function wholeSeconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / SECOND_MS) * SECOND_MS);
}

/** The wording of a message of a stored verification that is sent at `at`, in epoch milliseconds. */
export function wordingOf(
  { locale, purpose, app_hash: appHash, expires_at: expiresAt }: VerificationRow,
  at: number,
): Wording {
  return { locale, purpose, appHash, leftMs: expiresAt - at, expiresAt };
}
