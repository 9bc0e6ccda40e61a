import { isIP } from 'node:net';
import { entriesOf } from './kinds';
import { Fault } from './setting';

/** False for none, how many proxies are in front of the server, or their addresses and subnets. */
export type TrustedProxies = false | number | string[];

export function readTrustedProxies(text: string): TrustedProxies | Fault {
  const word = text.toLowerCase();
  if (['off', 'false', 'no', '0'].includes(word)) return false;
  if (['on', 'true', 'yes'].includes(word)) return 1;
  if (/^\d$/.test(word)) return Number(word);
  const addresses = entriesOf(text);
  if (addresses.every((address) => isIP(address.replace(/\/\d{1,3}$/, '')) !== 0)) return addresses;
  return new Fault('must be off, on, a number of proxies, or a list of addresses and subnets');
}

export function readOrigin(text: string): string | Fault {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  return new Fault('each must be an origin such as https://app.example.com');
}

export function readDnsServer(text: string): string | Fault {
  return isDnsServer(text)
    ? text
    : new Fault('each must be a host, or host:port such as 127.0.0.1:53 or [::1]:53');
}

function isDnsServer(server: string): boolean {
  const [, address, host, port] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(server) ?? [];
  if (isIP(server) === 6) return true;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  return address === undefined ? host !== undefined : isIP(address) === 6;
}

/** Reads a URL with one of these schemes. */
export function urlReader(...schemes: string[]): (text: string) => string | Fault {
  return (text) => {
    const { protocol } = URL.canParse(text) ? new URL(text) : { protocol: '' };
    if (schemes.some((scheme) => protocol === `${scheme}:`)) return text;
    return new Fault(
      `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    );
  };
}
