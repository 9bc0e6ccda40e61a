import { type Config } from '../config/config';
import { type Check, type Finding, ok, warn } from './check';

const NAME = 'proxy';
const TIMEOUT_MS = 2_000;
const COUNTER = /^injeung_untrusted_forwarding_requests_total (\d+)$/m;
const ADVICE =
  'set TRUST_PROXY to the number or the addresses of the proxies, which must send X-Forwarded-For; or set APP_API_KEYS if only back ends send requests';

/**
 * Checks whether users behind a proxy share one address and therefore one limit. The settings alone do not
 * show whether there is a proxy, so the check reads a counter of the running server. If no server answers, it
 * warns about settings that do not suit a proxy.
 */
export function proxyCheck(config: Config): Check {
  const { ipHourly } = config.verification.sharedLimits;
  const shared = `share one address and ${ipHourly} codes an hour (IP_HOURLY_LIMIT)`;
  const run = async (): Promise<Finding[]> => {
    if (ipHourly === 0 || config.appKeys.length > 0)
      return [ok(NAME, 'no limit depends on the address of the connection')];
    const seen = await forwardedRequests(config);
    if (seen !== null && seen > 0) {
      const message = `the running server received ${seen} requests from a proxy that it does not trust: their users ${shared}`;
      return [warn(NAME, message, ADVICE)];
    }
    if (config.trustProxy !== false) return [ok(NAME, 'TRUST_PROXY is set')];
    if (seen !== null) return [ok(NAME, 'no request to the running server came through a proxy')];
    return [warn(NAME, `TRUST_PROXY is off: behind a proxy all users ${shared}`, ADVICE)];
  };
  return { name: NAME, run };
}

/** The count of the server at HOST and PORT since its start; null if no server answers. */
async function forwardedRequests({ host, port }: Config): Promise<number | null> {
  const local = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const url = `http://${local.includes(':') ? `[${local}]` : local}:${port}/metrics`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
    const count = COUNTER.exec(await answer.text())?.[1];
    return count === undefined ? null : Number(count);
  } catch {
    return null;
  }
}
