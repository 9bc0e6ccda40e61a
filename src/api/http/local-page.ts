import { isLoopbackHost } from '../../shared/loopback';

/**
 * Whether a page of this host is served by this machine. Browsers resolve names below `localhost` to it themselves
 * (RFC 6761, section 6.3); other programs may ask a name server for them.
 */
export function isLocalPageHost(hostname: string): boolean {
  return isLoopbackHost(hostname) || /^([a-z0-9-]+\.)+localhost\.?$/i.test(hostname);
}

/** Whether an origin belongs to a page that this machine serves: `http://localhost:3000`, `http://[::1]:8080`. */
export function isLocalPageOrigin(origin: string): boolean {
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  // Anything else than scheme, host and port is not an origin.
  return url.origin === origin && isLocalPageHost(url.hostname);
}
