import { isIPv4, isIPv6 } from 'node:net';

/**
 * One end user's address for the limits: IPv4 as it is, IPv6 cut to its /64, since one household or host has a whole
 * /64 to ask from. A port is dropped: some proxies write one into X-Forwarded-For. Null for what is no address.
 */
export function clientAddress(address: string): string | null {
  const plain = address
    .replace(/^\[([0-9a-f:.]+)\](:\d+)?$/i, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
    .replace(/%.*$/, '');
  if (isIPv4(plain)) return plain;
  if (!isIPv6(plain)) return null;
  return `${groupsOf(plain).slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address without leading zeros (RFC 4291, section 2.2). */
function groupsOf(address: string): string[] {
  // The URL parser knows every way to write an address and gives the canonical one.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail = ''] = canonical.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return canonical.includes('::') ? [...before, ...zeros, ...after] : before;
}

/** Whether an address is this machine's own. */
export function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./i.test(address ?? '');
}
