import { type IncomingHttpHeaders } from 'node:http';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type Logger } from '../../observability/logger';
import { type Metrics } from '../../observability/metrics';

/** Headers with which proxies and content delivery networks pass on the address of the client. */
const CLIENT_ADDRESS_HEADERS = [
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'true-client-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'cloudfront-viewer-address',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-appengine-user-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-nf-client-connection-ip',
  'x-original-forwarded-for',
  'x-vercel-forwarded-for',
  'do-connecting-ip',
  'proxy-client-ip',
  'wl-proxy-client-ip',
] as const;

/** Headers that do not contain the address of the client, but show that the request was forwarded. */
const OTHER_FORWARDING_HEADER =
  /^(x-forwarded|x-original-(host|url|proto)|x-ngrok-|ngrok-|tailscale-|cf-(ray|visitor|warp)|cdn-loop$|via$)/;

const WARN_EVERY_MS = 60 * 60 * 1000;

/** Whether a proxy, a tunnel or a content delivery network has forwarded a request. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return (
    clientAddressHeaders(headers).length > 0 ||
    Object.keys(headers).some((name) => OTHER_FORWARDING_HEADER.test(name))
  );
}

/**
 * Detects requests from a proxy that TRUST_PROXY does not trust. All users of such a proxy share its address,
 * and so one limit per address. The requests are counted, and the log warns at most once an hour.
 */
export function watchForwarding(
  server: FastifyInstance,
  { metrics, logger, ipHourlyLimit }: { metrics: Metrics; logger: Logger; ipHourlyLimit: number },
): void {
  let warnedAt = -Infinity;
  server.addHook('onRequest', async (request) => {
    if (isBelieved(request)) return;
    const headers = clientAddressHeaders(request.headers);
    if (headers.length === 0) return;
    metrics.untrustedForwardings.inc();
    if (performance.now() - warnedAt < WARN_EVERY_MS) return;
    warnedAt = performance.now();
    logger.warn(
      { headers },
      `a request contained the address of another client, but TRUST_PROXY does not trust its sender. If a proxy forwards requests, all of its users share one address and ${ipHourlyLimit} codes an hour (IP_HOURLY_LIMIT): set TRUST_PROXY, and let the proxy send X-Forwarded-For`,
    );
  });
}

/** Fastify lists the peer first, and then each address that TRUST_PROXY allows it to believe. */
function isBelieved({ ips }: FastifyRequest): boolean {
  return ips !== undefined && ips.length > 1;
}

function clientAddressHeaders(headers: IncomingHttpHeaders): string[] {
  return CLIENT_ADDRESS_HEADERS.filter((name) => headers[name] !== undefined);
}
