import { isLoopbackHost } from '../../shared/loopback';

/**
 * Whether this machine serves the pages of this host. Browsers resolve names below `localhost` to this
 * machine (RFC 6761, section 6.3); other programs may ask a name server for them.
 */
export function isLocalPageHost(hostname: string): boolean {
  return isLoopbackHost(hostname) || /^([a-z0-9-]+\.)+localhost\.?$/i.test(hostname);
}

/** Whether an origin belongs to a page that this machine serves: `http://localhost:3000`, `http://[::1]:8080`. */
export function isLocalPageOrigin(origin: string): boolean {
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  // An origin consists of scheme, host and port only.
  return url.origin === origin && isLocalPageHost(url.hostname);
}
