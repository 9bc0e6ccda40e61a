import { type FastifyInstance } from 'fastify';
import { eucKrLength } from '../../channels/sms/euc-kr';
import { readInbox } from '../../channels/inbox/inbox.provider';
import { type OutgoingMessage } from '../../channels/provider.types';
import { type Database } from '../../database/database';
import { findSendsById, type LoggedSend } from '../../operations/delivery-sends';
import { type Channel } from '../../recipients/channel';
import { AppError } from '../../shared/errors';
import { cleanText } from '../../recipients/typed-text';
import { type MessageComposer } from '../../verification/message-composer';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { parseKnownRecipient, type Recipient } from '../../recipients/recipient';
import { HttpFault } from '../http/http-fault';
import { type DevelopmentPages } from './development-pages';
import { pageRoute } from './web-pages';

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
  return (server) => {
    pageRoute('inbox', '/inbox', parts.pages)(server);
    server.get<{ Querystring: { to?: string | string[]; channel?: string | string[] } }>(
      '/inbox/messages',
      { onRequest: parts.pages.guard },
      ({ query }) => readMessages(parts, lastOf(query.to), readChannel(lastOf(query.channel))),
    );
  };
}

/** The value of a query parameter, the last one of several; '' without the parameter. */
function lastOf(values: string | string[] = ''): string {
  return [values].flat().at(-1)!;
}

function readChannel(text: string): Channel | null {
  if (text === '') return null;
  if (text === 'EMAIL' || text === 'SMS') return text;
  throw new HttpFault(400, 'the parameter "channel" must be EMAIL or SMS');
}

/**
 * Returns the newest messages for `GET /inbox/messages`.
 *
 * @param to restricts them to one recipient, as a user would type it; '' means all. A text that is not a
 *   recipient finds nothing.
 */
async function readMessages(parts: InboxParts, to: string, channel: Channel | null) {
  const all = cleanText(to) === '';
  const recipient = all ? null : readRecipient(to, parts.smsCountries);
  if (!all && recipient === null) return [];
  const filter = { recipientKey: recipient && parts.vault.key(recipient), channel };
  const entries = await readInbox(parts.database, filter);
  const sends = await findSendsById(
    parts.database,
    entries.map(({ id }) => id),
  );
  const messages = [];
  for (const { id, verificationId, sentAt } of entries) {
    const message = await parts.composer.shown(verificationId, id, sentAt);
    // Aliases of one mailbox share an index, but the inbox distinguishes user+a and user+b.
    if (!message || (recipient && message.to.toLowerCase() !== recipient.canonical.toLowerCase())) continue;
    messages.push(shownMessage(message, sentAt, sends.get(id) ?? []));
  }
  return messages;
}

function shownMessage(message: OutgoingMessage, sentAt: number, sends: readonly LoggedSend[]) {
  const { deliveryId, to, subject = null, text, html = null, code } = message;
  const isEmail = to.includes('@');
  return {
    id: deliveryId,
    channel: isEmail ? 'EMAIL' : 'SMS',
    to,
    subject,
    text,
    html,
    code,
    sentAt: new Date(sentAt).toISOString(),
    bytes: isEmail ? null : eucKrLength(text).bytes,
    sends: sends.map(({ provider, result, failure, detail, endedAt }) => ({
      provider,
      result,
      failure,
      detail,
      endedAt: new Date(endedAt).toISOString(),
    })),
  };
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
