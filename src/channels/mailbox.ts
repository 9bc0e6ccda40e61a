import MimeNode from 'nodemailer/lib/mime-node';
import { addressParser } from 'postal-mime';

/** The sender of an e-mail. `name` is plain text (NFC) as a reader sees it, `address` is canonical. */
export interface Mailbox {
  name: string | null;
  address: string;
}

/** The sender and the reply address of every e-mail. */
export interface Sender {
  from: Mailbox;
  replyTo: string | null;
}

/**
 * Parses one mailbox of RFC 5322, with or without a name. A quoted name loses its quotes and backslashes, and an
 * encoded word (RFC 2047) is decoded. The address is returned as it was written.
 *
 * @returns null when the text is not exactly one mailbox (a group, a list, a name with an unquoted comma), or when no
 *   header can contain the name: it has control characters, or `=?`, which mail clients read as an encoded word.
 */
export function parseMailbox(text: string): Mailbox | null {
  const mailboxes = addressParser(text);
  const [mailbox] = mailboxes;
  if (mailboxes.length !== 1 || !mailbox?.address) return null;
  // The parser also finds an address in the middle of other words, as mail clients must.
  const { address } = mailbox;
  if (text !== address && !text.endsWith(`<${address}>`)) return null;
  const name = mailbox.name.normalize('NFC').trim();
  if (/[\u0000-\u001f\u007f-\u009f]|=\?/.test(name)) return null;
  return { name: name || null, address };
}

/**
 * Formats the value of a From header. A name outside ASCII becomes encoded words (RFC 2047), and a name with special
 * characters is quoted (RFC 5322, section 3.2.4). nodemailer formats it, so that mail by SES's API and mail by SMTP
 * have the same bytes.
 */
export function formatMailbox({ name, address }: Mailbox): string {
  const node = new MimeNode();
  node.setHeader('From', { name: name ?? '', address });
  const unfolded = node.buildHeaders().replace(/\r\n(?=[ \t])/g, '');
  return /^From: *(.*)$/m.exec(unfolded)![1]!;
}
