import { type Recipient } from './recipient';

/** The rules of one mail host that delivers several spellings of an address to one mailbox, besides `+tag` and case. */
interface HostRule {
  /** The domain under which its mailboxes are counted; its other domains are aliases of it. */
  domain: string;
  /** Characters of the local part that the host ignores. */
  ignored?: RegExp;
  /** Pairs of characters that the host treats as equal: the first counts as the second. */
  equal?: readonly [from: string, to: string];
  /** Separates a tag in the way `+` does. */
  tagSeparator?: string;
}

/**
 * Hosts whose spellings are public knowledge. `+tag` needs no entry, because it is removed at every host: Gmail, Outlook
 * (hotmail.com, live.com, msn.com), iCloud, Proton, Fastmail and Yandex all deliver it to the mailbox. Domains that a
 * company hosts at one of them cannot be recognized without a DNS look-up, so they have no entry.
 *
 * Sources: support.google.com/mail/answer/7436150 (dots, googlemail.com); Proton's own client normalizes addresses in
 * this way (github.com/ProtonMail/WebClients, `removeEmailAlias`); yandex.com/support/id/authorization/email.html (aliases
 * on all its domains); pypi.org/project/email-normalize and packagist.org/packages/gabrola/email-normalizer (Fastmail's
 * subdomains, Yahoo's hyphen); Daum Mail delivers hanmail.net and daum.net to one mailbox.
 */
const RULES = new Map<string, HostRule>([
  ...rule({ domain: 'gmail.com', ignored: /\./g }, 'googlemail.com'),
  ...rule({ domain: 'icloud.com' }, 'me.com', 'mac.com'),
  ...rule({ domain: 'proton.me', ignored: /[._-]/g }, 'protonmail.com', 'protonmail.ch', 'pm.me'),
  ...rule({ domain: 'yandex.ru', equal: ['.', '-'] }, 'ya.ru', ...yandex('com', 'by', 'kz', 'ua')),
  ...rule({ domain: 'daum.net' }, 'hanmail.net'),
  ...rule({ domain: 'ymail.com', tagSeparator: '-' }),
  ...rule({ domain: 'rocketmail.com', tagSeparator: '-' }),
]);
/** Yahoo outside Japan, whose account names contain no hyphen. */
const YAHOO = /^yahoo\.(?!co\.jp$)[a-z.]+$/;
/** Fastmail delivers `anything@user.fastmail.com` to `user@fastmail.com`. */
const FASTMAIL_SUBDOMAIN = /^([^.]+)\.(fastmail\.(?:[a-z]{2,3}|com?\.[a-z]{2}))$/;

/**
 * The key that the limits count a recipient under. Addresses that are known to reach one mailbox share a key. The rules
 * are coarse on purpose, because a message that counts for another mailbox does less harm than a flood. So this key is for
 * limits only. Erasure and suppression use `addressKey`, because at some hosts a `+tag` is another person's mailbox.
 */
export function limitKey(recipient: Recipient): string {
  const { channel, canonical } = recipient;
  if (channel === 'SMS') return addressKey(recipient);
  const address = canonical.toLowerCase();
  const at = address.lastIndexOf('@');
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)];
  const [, mailbox, host] = FASTMAIL_SUBDOMAIN.exec(domain) ?? [];
  if (mailbox !== undefined) return `email:${mailbox}@${host}`;
  const known = RULES.get(domain) ?? (YAHOO.test(domain) ? { domain, tagSeparator: '-' } : { domain });
  return `email:${mailboxOf(local, known)}@${known.domain}`;
}

/** Exactly this recipient: the canonical address without case, or the number. */
export function addressKey({ channel, canonical }: Recipient): string {
  return channel === 'SMS' ? `sms:${canonical}` : `email:${canonical.toLowerCase()}`;
}

/** The key that versions without `verification.limit_key` stored for limits and erasure: the address without `+tag`. */
export function formerKey(recipient: Recipient): string {
  const key = addressKey(recipient);
  const [local, domain] = [key.slice('email:'.length, key.lastIndexOf('@')), key.slice(key.lastIndexOf('@'))];
  return recipient.channel === 'SMS' ? key : `email:${withoutTag(local, '+')}${domain}`;
}

function mailboxOf(local: string, { ignored, equal, tagSeparator }: HostRule): string {
  let mailbox = withoutTag(local, '+');
  if (tagSeparator !== undefined) mailbox = withoutTag(mailbox, tagSeparator);
  if (equal !== undefined) mailbox = mailbox.replaceAll(...equal);
  if (ignored !== undefined) mailbox = mailbox.replaceAll(ignored, '');
  // A local part that consists of ignored characters stays as it is.
  return mailbox === '' ? local : mailbox;
}

/** A separator at the start begins no tag, because the mailbox before it would have no name. */
function withoutTag(local: string, separator: string): string {
  const at = local.indexOf(separator, 1);
  return at < 0 ? local : local.slice(0, at);
}

function rule(host: HostRule, ...aliases: string[]): [string, HostRule][] {
  return [host.domain, ...aliases].map((domain) => [domain, host]);
}

function yandex(...topLevels: string[]): string[] {
  return topLevels.map((topLevel) => `yandex.${topLevel}`);
}
