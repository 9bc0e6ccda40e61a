import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { HttpFault } from './http-fault';

/**
 * A name or an address, and a port (RFC 9110, section 7.2), restricted to the characters that browsers and
 * proxies send.
 */
const HOST = /^(\[[\da-f:.]+\]|[a-z0-9._-]+)(:\d{0,5})?$/i;

/**
 * Answers 400 to requests whose `Host` header is empty or malformed, and to HTTP/1.1 without one (RFC 9112, section 3.2).
 * HTTP/1.0 does not require it.
 */
export function requireValidHost(server: FastifyInstance): void {
  server.addHook('onRequest', async (request) => {
    const { host } = request.raw.headers;
    if (host === undefined && request.raw.httpVersion === '1.0') return;
    if (hostNameOf(request) === null)
      throw new HttpFault(
        400,
        'the Host header is missing or malformed: send Host: <name or address>[:port]',
      );
  });
}

/**
 * Returns the name or address in the `Host` header, in lower case and without brackets or port; null if it is
 * invalid.
 */
export function hostNameOf({ raw }: FastifyRequest): string | null {
  const { host } = raw.headers;
  if (host === undefined || !HOST.test(host) || !URL.canParse(`http://${host}`)) return null;
  return plainHostName(new URL(`http://${host}`).hostname);
}

/** Converts `[::1]` to `::1` and `localhost.` to `localhost`. */
export function plainHostName(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}
