import { isIP } from 'node:net';
import { isLoopbackHost } from '../shared/loopback';
import { isPrivateAddress } from './private-address';
import { entriesOf } from './kinds';
import { type About, Fault, type Setting } from './setting';

/** False for no proxy, the number of proxies in front of the server, or their addresses and subnets. */
export type TrustedProxies = false | number | string[];

const HOST_LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** Whether a text is one IP address or host name: without scheme, user, brackets or port. */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const labels = text.replace(/\.$/, '').split('.');
  // A name that ends in a number would be parsed as an IPv4 address (WHATWG URL, "ends in a number").
  return labels.every((label) => HOST_LABEL.test(label)) && !/^\d+$/.test(labels.at(-1)!);
}

export function readHost(text: string): string | Fault {
  return isHost(text)
    ? text
    : new Fault('must be one IP address or host name, without scheme, brackets or port');
}

/**
 * The URL of a service that receives codes, keys or recipients: https, or http to this machine. Other parts
 * of a URL (user, fragment and, unless it is allowed, a query) would be ignored when it is called, so they
 * are refused.
 */
export function endpoint(about: EndpointAbout & { default: string }): Setting<string>;
export function endpoint(about: EndpointAbout): Setting<string | null>;
export function endpoint(about: EndpointAbout & { default?: string }): Setting<string | null> {
  return {
    default: null,
    secret: false,
    ...about,
    form: `https URL; http to this machine${about.privateNetworks ? ' and to private addresses' : ''} only`,
    parse: (text) => readEndpoint(text, about),
  };
}

interface EndpointAbout extends About {
  verbatim?: boolean;
  secret?: boolean;
  /** The URL may have a query. */
  query?: boolean;
  /** `http` is accepted to private addresses, too. */
  privateNetworks?: boolean;
}

function readEndpoint(
  text: string,
  { query = false, privateNetworks = false }: Partial<EndpointAbout>,
): string | Fault {
  if (!/^https?:\/\/\S+$/i.test(text) || !URL.canParse(text)) return new Fault('must be an https:// URL');
  const { protocol, hostname, username, password, search } = new URL(text);
  const isNear = isLoopbackHost(hostname) || (privateNetworks && isPrivateAddress(hostname));
  if (protocol === 'http:' && !isNear)
    return new Fault(
      `must be https://: http:// is accepted for this machine${privateNetworks ? ' and private addresses' : ''} only, since it is not encrypted`,
    );
  if (username || password) return new Fault('must not contain a user or password');
  if (text.includes('#')) return new Fault('must not contain a fragment (#)');
  return search && !query ? new Fault('must not contain a query (?)') : text;
}

export function readTrustedProxies(text: string): TrustedProxies | Fault {
  const word = text.toLowerCase();
  if (['off', 'false', 'no', '0'].includes(word)) return false;
  if (['on', 'true', 'yes'].includes(word)) return 1;
  if (/^\d$/.test(word)) return Number(word);
  const addresses = entriesOf(text);
  if (addresses.every(isSubnet)) return addresses;
  return new Fault(
    'must be off, on, a number of proxies from 0 to 9, or a list of addresses and subnets such as 10.0.0.0/8',
  );
}

/**
 * An address, or a subnet with a prefix of at least one bit. Fastify refuses `/0`, which would trust every
 * client.
 */
function isSubnet(text: string): boolean {
  const [, address = '', prefix] = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || prefix === undefined) return version !== 0;
  return Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128);
}

/** Schemes of pages whose origin browsers send as `null`, and schemes that are not used by pages. */
const NO_ORIGIN = /^(about|blob|data|file|ftp|javascript|wss?):/;
/**
 * Apps serve their pages under their own scheme (`capacitor://localhost`), for which the URL class returns no
 * origin.
 */
const APP_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]+(:\d{1,5})?$/;

/** An origin as browsers send it (RFC 6454, section 6.2), or `https://*.example.com`: see api/allowed-origins.ts. */
export function readOrigin(text: string): string | Fault {
  const [, scheme, rest] = /^(https?:\/\/)\*\.(.*)$/.exec(text) ?? [];
  if (rest !== undefined && isOrigin(`${scheme}${rest}`) && hasTwoLabels(`${scheme}${rest}`)) return text;
  if (text.includes('*'))
    return new Fault(
      'may have a * only as the first label of a host with at least two more labels, as in https://*.example.com',
    );
  if (isOrigin(text)) return text;
  return new Fault(
    'each must be an origin as browsers send it, such as https://app.example.com or capacitor://localhost: lower case, no path, no slash at the end, no default port',
  );
}

function isOrigin(text: string): boolean {
  if (NO_ORIGIN.test(text)) return false;
  if (/^https?:/.test(text)) return URL.canParse(text) && new URL(text).origin === text;
  return APP_ORIGIN.test(text);
}

function hasTwoLabels(origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostname.split('.').filter(Boolean).length >= 2 && !/^[\d.]+$/.test(hostname);
}

export function readDnsServer(text: string): string | Fault {
  return isDnsServer(text)
    ? text
    : new Fault('each must be a host, or host:port such as 127.0.0.1:53 or [::1]:53');
}

function isDnsServer(server: string): boolean {
  if (isIP(server) === 6) return true;
  const [, address, host, port = '53'] = /^(?:\[(.+)\]|([^[\]:]+))(?::(\d{1,5}))?$/.exec(server) ?? [];
  if (Number(port) < 1 || Number(port) > 65_535) return false;
  return address === undefined ? host !== undefined && isHost(host) : isIP(address) === 6;
}
