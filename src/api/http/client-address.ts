import { isIPv4, isIPv6 } from 'node:net';
import { cleanText } from '../../recipients/typed-text';

/**
 * A longer text is not an address. A zone id has at most as many characters as the name of a network
 * interface.
 */
const MAX_CHARACTERS = 128;

/**
 * Returns the canonical form of a client's address: IPv4, or IPv6 in the form of RFC 5952; null for anything
 * that is not an address. Proxies write addresses in several forms, so a port, brackets and a zone id are
 * removed, and an IPv4-mapped IPv6 address becomes the IPv4 address.
 */
export function readAddress(text: string): string | null {
  const address = text.length <= MAX_CHARACTERS ? withoutPort(cleanText(text)) : '';
  if (isIPv4(address)) return address;
  const [plain = ''] = address.split('%');
  if (!isIPv6(plain)) return null;
  // The URL parser reads every spelling and writes the canonical one.
  const canonical = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  return high === undefined || low === undefined ? canonical : `${dotted(high)}.${dotted(low)}`;
}

/** Removes port and brackets from `203.0.113.7:4711`, `[2001:db8::1]:443` and `[2001:db8::1]`. */
function withoutPort(address: string): string {
  const [, inBrackets, ipv4] = /^(?:\[([^\]]*)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5})$/.exec(address) ?? [];
  return inBrackets ?? ipv4 ?? address;
}

/** Converts one group of an IPv6 address to two bytes of an IPv4 address. */
function dotted(group: string): string {
  const value = parseInt(group, 16);
  return `${value >> 8}.${value & 255}`;
}

/**
 * Returns the key under which limits count an address: IPv4 unchanged, IPv6 cut to its /64, because one
 * household or host can use every address of its /64. Null for anything that is not an address.
 */
export function clientAddress(text: string): string | null {
  const address = readAddress(text);
  if (address === null || isIPv4(address)) return address;
  return `${groupsOf(address).slice(0, 4).join(':')}::/64`;
}

/** The eight groups of a canonical IPv6 address, without leading zeros. */
function groupsOf(canonical: string): string[] {
  const [head = '', tail = ''] = canonical.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return canonical.includes('::') ? [...before, ...zeros, ...after] : before;
}
