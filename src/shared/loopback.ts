import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a text is an address of this machine: 127.0.0.0/8, also in its IPv6 form, or ::1. */
export function isLoopbackAddress(text: string): boolean {
  const version = isIP(text);
  return version !== 0 && LOOPBACK.check(text, version === 4 ? 'ipv4' : 'ipv6');
}

/** Whether a host, as the URL class writes it, is this machine: `localhost` or a loopback address. */
export function isLoopbackHost(hostname: string): boolean {
  return /^localhost\.?$/i.test(hostname) || isLoopbackAddress(hostname.replace(/^\[(.*)\]$/, '$1'));
}
