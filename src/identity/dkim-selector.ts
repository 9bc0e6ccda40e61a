import { randomBytes } from 'node:crypto';
import { domainToASCII } from 'node:url';

/** A name that DNS or SES would refuse. The message is the end of a sentence about the field. */
export class DnsNameError extends Error {
  constructor(
    readonly field: 'domain' | 'selector',
    message: string,
  ) {
    super(message);
    this.name = 'DnsNameError';
  }
}

const MAX_NAME_CHARACTERS = 253;
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
// 32 letters and digits that are hard to mistake for one another: five bits of a random byte choose without bias.
const SUFFIX_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/**
 * The canonical form of a selector: lower case, since DNS does not tell case apart and a selector must never be used
 * twice. SES takes 1 to 63 letters, digits and inner hyphens; RFC 6376 would allow dots, SES does not.
 *
 * @throws DnsNameError
 */
export function parseSelector(typed: string): string {
  const selector = typed.toLowerCase();
  if (selector.includes('.'))
    throw new DnsNameError('selector', 'must not have dots: SES does not take them');
  // Tested before it is lowered: some letters outside ASCII become ASCII by that.
  if (LABEL.test(typed)) return typed.toLowerCase();
  throw new DnsNameError('selector', 'must be 1 to 63 letters, digits and inner hyphens');
}

/** A selector nobody has used before: the UTC date, to tell keys apart by age, and 20 random bits. */
export function defaultSelector(nowMs: number): string {
  const date = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  const suffix = [...randomBytes(4)].map((byte) => SUFFIX_ALPHABET[byte & 31]).join('');
  return `ij${date}-${suffix}`;
}

/**
 * The canonical form of a domain: lower-case ASCII (IDN to punycode), no dot at the end, two labels at least, 253
 * characters at most.
 *
 * @throws DnsNameError
 */
export function parseDomain(typed: string): string {
  // domainToASCII reads as URLs do: it would decode %61, and cut the rest off at a slash.
  if (/[\u0000-\u002c\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]/.test(typed)) {
    throw new DnsNameError('domain', 'must be a domain name alone, such as example.com');
  }
  const domain = domainToASCII(typed).toLowerCase().replace(/\.$/, '');
  const labels = domain.split('.');
  if (domain === '' || !labels.every((label) => LABEL.test(label))) {
    throw new DnsNameError('domain', 'must be a domain name, such as example.com');
  }
  if (labels.length < 2) throw new DnsNameError('domain', 'must have a dot: it is a single label');
  if (/^\d+$/.test(labels.at(-1)!)) throw new DnsNameError('domain', 'must be a domain name, not an address');
  if (domain.length > MAX_NAME_CHARACTERS)
    throw new DnsNameError('domain', `must have at most ${MAX_NAME_CHARACTERS} characters`);
  return domain;
}

/**
 * Where the public key of a canonical selector and domain stands (RFC 6376, section 3.6.2.1).
 *
 * @throws DnsNameError when the name is longer than DNS allows.
 */
export function dkimName(domain: string, selector: string): string {
  const name = `${selector}._domainkey.${domain}`;
  if (name.length <= MAX_NAME_CHARACTERS) return name;
  throw new DnsNameError('domain', `is too long for this selector: DNS names end at ${MAX_NAME_CHARACTERS}`);
}
