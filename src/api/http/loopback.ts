/** Whether a host name or address is this machine's own: `localhost`, names below it, 127.0.0.0/8 or ::1. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(([a-z0-9-]+\.)*localhost\.?|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(hostname);
}

/** Whether an origin belongs to a page that this machine serves: `http://localhost:3000`, `http://[::1]:8080`. */
export function isLoopbackOrigin(origin: string): boolean {
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  // Anything else than scheme, host and port is not an origin.
  return url.origin === origin && isLoopbackHost(url.hostname);
}
