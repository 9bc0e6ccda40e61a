import { randomBytes } from 'node:crypto';
import { DOMAIN_LABEL, MAX_DOMAIN_CHARACTERS, readDomainName } from '../../recipients/domain-name';
import { cleanText, TextFault } from '../../recipients/typed-text';

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

// 32 letters and digits that are hard to mistake for one another: five bits of a random byte choose without bias.
const SUFFIX_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/**
 * The canonical form of a selector: lower case, because DNS ignores case and a selector must never be used twice. SES
 * takes 1 to 63 letters, digits and inner hyphens; RFC 6376 would allow dots, SES does not.
 *
 * @throws DnsNameError
 */
export function parseSelector(typed: string): string {
  const selector = cleanText(typed);
  if (selector.includes('.'))
    throw new DnsNameError('selector', 'must not contain dots: SES does not accept them');
  // Tested before it is lowered: some letters outside ASCII become ASCII by that.
  if (DOMAIN_LABEL.test(selector)) return selector.toLowerCase();
  throw new DnsNameError('selector', 'must be 1 to 63 letters, digits and inner hyphens');
}

/** A selector nobody has used before: the UTC date, to tell keys apart by age, and 20 random bits. */
export function defaultSelector(nowMs: number): string {
  const date = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  const suffix = [...randomBytes(4)].map((byte) => SUFFIX_ALPHABET[byte & 31]).join('');
  return `ij${date}-${suffix}`;
}

/**
 * The canonical form of a domain, as `readDomainName` gives it.
 *
 * @throws DnsNameError
 */
export function parseDomain(typed: string): string {
  try {
    return readDomainName(typed);
  } catch (error) {
    if (error instanceof TextFault) throw new DnsNameError('domain', error.message);
    throw error;
  }
}

/**
 * Where the public key of a canonical selector and domain stands (RFC 6376, section 3.6.2.1).
 *
 * @throws DnsNameError when the name is longer than DNS allows.
 */
export function dkimName(domain: string, selector: string): string {
  const name = `${selector}._domainkey.${domain}`;
  if (name.length <= MAX_DOMAIN_CHARACTERS) return name;
  throw new DnsNameError(
    'domain',
    `is too long for this selector: a DNS name has at most ${MAX_DOMAIN_CHARACTERS} characters`,
  );
}
