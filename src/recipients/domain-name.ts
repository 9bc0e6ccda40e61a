import { domainToASCII, domainToUnicode } from 'node:url';
import { cleanText, TextFault } from './typed-text';

/** Longer text is refused unread. An internationalized domain name has far fewer characters. */
const MAX_TYPED_CHARACTERS = 1_000;
export const MAX_DOMAIN_CHARACTERS = 253;
/** ASCII characters that no domain name has. `domainToASCII` would decode `%61` and cut the text off at a slash. */
const FORBIDDEN = /[\u0000-\u002c\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]/;
/** Domain names that need no IDNA processing. */
const LOWERED = /^(?!(?:.*\.)?xn--)[a-z0-9.-]*$/;
const IDEOGRAPHIC_DOT = /[\u3002\uff61]/g;
/** RFC 1123, section 2.1. */
export const DOMAIN_LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
/** Top-level domains are letters (RFC 3696, section 2) or punycode; a name that ends in a number is an IPv4 address. */
const TOP_LEVEL = /^([a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;

/**
 * Returns the canonical form of a domain name: lower-case ASCII (IDN as punycode), no dot at the end, at least two labels,
 * at most 253 characters. IP addresses are not domain names.
 *
 * @throws TextFault INVALID_DOMAIN or TOO_LONG.
 */
export function readDomainName(typed: string): string {
  if (typed.length > MAX_TYPED_CHARACTERS) throw tooLong();
  const text = cleanText(typed).replace(IDEOGRAPHIC_DOT, '.');
  if (FORBIDDEN.test(text)) {
    throw new TextFault('INVALID_DOMAIN', 'must be only a domain name, such as example.com');
  }
  const domain = toAscii(text).replace(/\.$/, '');
  const labels = domain.split('.');
  if (!labels.every((label) => DOMAIN_LABEL.test(label)) || hasInvalidPunycode(domain)) {
    throw new TextFault('INVALID_DOMAIN', 'must be a domain name, such as example.com');
  }
  if (labels.length < 2) throw new TextFault('INVALID_DOMAIN', 'must have a dot, as in example.com');
  if (!TOP_LEVEL.test(labels.at(-1)!)) {
    throw new TextFault(
      'INVALID_DOMAIN',
      'must end in a top-level domain, such as .com; it must not be an IP address',
    );
  }
  if (domain.length > MAX_DOMAIN_CHARACTERS) throw tooLong();
  return domain;
}

/** For a domain with invalid punycode, Node 20 returns an empty text and newer versions return it unchanged. */
function hasInvalidPunycode(domain: string): boolean {
  return domain.includes('xn--') && /(^|\.)xn--/.test(domainToUnicode(domain));
}

function toAscii(text: string): string {
  const lowered = /^[\x00-\x7f]*$/.test(text) ? text.toLowerCase() : text;
  return LOWERED.test(lowered) ? lowered : domainToASCII(lowered).toLowerCase();
}

function tooLong(): TextFault {
  return new TextFault('TOO_LONG', `must have at most ${MAX_DOMAIN_CHARACTERS} characters`);
}
