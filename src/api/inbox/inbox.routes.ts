import { randomBytes } from 'node:crypto';
import { type FastifyInstance } from 'fastify';
import { readInbox } from '../../channels/inbox/inbox.provider';
import { type Database } from '../../database/database';
import { AppError } from '../../shared/errors';
import { cleanText } from '../../recipients/typed-text';
import { type MessageComposer } from '../../verification/message-composer';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { parseKnownRecipient, type Recipient } from '../../recipients/recipient';
import { type DevelopmentPages } from '../http/development-pages';
import { inboxPage } from './inbox-page';

export interface InboxParts {
  database: Database;
  vault: RecipientVault;
  composer: MessageComposer;
  smsCountries: readonly string[];
  /** Decides who may see the messages. */
  pages: DevelopmentPages;
}

/**
 * The development inbox: a page, and the messages as JSON. Messages and codes are rendered here, when they
 * are requested.
 */
export function inboxRoutes(parts: InboxParts): (server: FastifyInstance) => void {
  const { guard } = parts.pages;
  return (server) => {
    server.get('/inbox', { onRequest: guard }, async (_request, reply) => {
      const nonce = randomBytes(16).toString('base64');
      const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'unsafe-inline'; connect-src 'self'; frame-src 'self'; img-src data:`;
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', policy)
        .send(inboxPage(nonce));
    });
    server.get<{ Querystring: { to?: string | string[] } }>(
      '/inbox/messages',
      { onRequest: guard },
      ({ query }) => readMessages(parts, [query.to ?? ''].flat().at(-1)!),
    );
  };
}

/**
 * Returns the newest messages for `GET /inbox/messages`.
 *
 * @param to restricts them to one recipient, as a user would type it; '' means all. A text that is not a
 *   recipient finds nothing.
 */
async function readMessages(parts: InboxParts, to: string) {
  const all = cleanText(to) === '';
  const recipient = all ? null : readRecipient(to, parts.smsCountries);
  if (!all && recipient === null) return [];
  const entries = await readInbox(parts.database, recipient && parts.vault.key(recipient));
  const messages = [];
  for (const { id, verificationId, sentAt } of entries) {
    const message = await parts.composer.shown(verificationId, id, sentAt);
    // Aliases of one mailbox share an index, but the inbox distinguishes user+a and user+b.
    if (!message || (recipient && message.to.toLowerCase() !== recipient.canonical.toLowerCase())) continue;
    const { subject = null, text, html = null, code } = message;
    const channel = message.to.includes('@') ? 'EMAIL' : 'SMS';
    messages.push({
      id,
      channel,
      to: message.to,
      subject,
      text,
      html,
      code,
      sentAt: new Date(sentAt).toISOString(),
    });
  }
  return messages;
}

function readRecipient(to: string, countries: readonly string[]): Recipient | null {
  try {
    // A plus sign that is not percent-encoded arrives as a space.
    return parseKnownRecipient(to.replace(/^ (?=[0-9])/, '+'), countries, 'to');
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
