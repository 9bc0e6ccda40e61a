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

// 32 letters and digits that are not easily confused. Five bits of a random byte select one without bias.
const SUFFIX_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/**
 * Returns the canonical form of a selector: lower case, because DNS ignores case and a selector must never be
 * used twice. SES accepts 1 to 63 letters, digits and inner hyphens. RFC 6376 also allows dots, but SES does
 * not.
 *
 * @throws DnsNameError
 */
export function parseSelector(typed: string): string {
  const selector = cleanText(typed);
  if (selector.includes('.'))
    throw new DnsNameError('selector', 'must not contain dots: SES does not accept them');
  // Tested before it is converted to lower case, because this converts some letters outside ASCII to ASCII.
  if (DOMAIN_LABEL.test(selector)) return selector.toLowerCase();
  throw new DnsNameError('selector', 'must be 1 to 63 letters, digits and inner hyphens');
}

/** Returns an unused selector: the UTC date, which shows the age of a key, and 20 random bits. */
export function defaultSelector(nowMs: number): string {
  const date = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  const suffix = [...randomBytes(4)].map((byte) => SUFFIX_ALPHABET[byte & 31]).join('');
  return `ij${date}-${suffix}`;
}

/**
 * Returns the canonical form of a domain, as `readDomainName` does.
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
 * Returns the name of the record for a canonical selector and domain (RFC 6376, section 3.6.2.1).
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
