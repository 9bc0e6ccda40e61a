import MimeNode from 'nodemailer/lib/mime-node';
import { addressParser } from 'postal-mime';

/** Who e-mail comes from. `name` is plain text (NFC) as a reader sees it, `address` is canonical. */
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
 * Reads one mailbox as RFC 5322 writes it, with or without a name. A quoted name loses its quotes and backslashes, an
 * encoded word (RFC 2047) is decoded. The address is returned as it was written.
 *
 * @returns null for anything but one mailbox (a group, a list, a name with an unquoted comma) and for a name that no
 *   header can carry: with control characters, or with `=?`, which mail clients take for an encoded word.
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
 * A From header's value: a name outside ASCII as encoded words (RFC 2047), one with specials quoted (RFC 5322, section
 * 3.2.4). SES's API takes it as it is; nodemailer writes it for SMTP, so that both send the same bytes.
 */
export function formatMailbox({ name, address }: Mailbox): string {
  const node = new MimeNode();
  node.setHeader('From', { name: name ?? '', address });
  const unfolded = node.buildHeaders().replace(/\r\n(?=[ \t])/g, '');
  return /^From: *(.*)$/m.exec(unfolded)![1]!;
}
