import { hash } from 'node:crypto';
import { request } from 'undici';
import { type Clock } from '../shared/clock';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { readBounded } from '../shared/read-bounded';
import { CheckAllowance } from './check-allowance';

export interface HumanCheckSettings {
  /** The URL of the provider's `siteverify` call. */
  url: string;
  secret: string;
  /** `always`: before every request for a code. `when-limited`: only when a shared limit would refuse it. */
  mode: 'always' | 'when-limited';
  /** How much a passed check raises the shared limits, in percent. */
  extraPercent: number;
}

/** The evidence that a human made a request. */
export interface HumanEvidence {
  /** The token that the provider's widget gave the page. */
  token: string | null;
  /** The end user's address, which the provider may compare; null when it is not known. */
  remoteIp: string | null;
  /** The key that limits count that address under; null when it is not known. */
  address: string | null;
}

export type HumanVerdict = 'passed' | 'refused' | 'unavailable';

/** How long the provider may take to answer, in milliseconds. It is short, because a page waits for the answer. */
const TIMEOUT_MS = 3_000;
/** The longest answer that is read. An answer usually has a few hundred bytes. */
const MAX_ANSWER_BYTES = 16 * 1024;
/** Used tokens that are remembered. The oldest are forgotten first. */
const MAX_USED_TOKENS = 20_000;
/** An address needs one check for each message, and one more may fail. */
const CHECKS_PER_MESSAGE = 2;
/** Error codes that concern the server's settings or the provider, and not the token. */
const NOT_THE_TOKEN =
  /^(missing-input-secret|invalid-input-secret|sitekey-secret-mismatch|bad-request|internal-error)$/;

export interface SiteverifyClientDeps {
  settings: Pick<HumanCheckSettings, 'url' | 'secret'>;
  /** The most messages that one address may request in an hour; 0 for no limit. */
  messagesPerHour: number;
  clock: Clock;
  metrics: Metrics;
  logger: Logger;
}

/**
 * Asks a provider (Turnstile, hCaptcha or another with the same interface) whether a token comes from a solved check.
 * It sends a form with `secret`, `response` and `remoteip`, and reads `{ success, "error-codes" }`. It never logs a
 * token.
 *
 * A provider accepts each token only once. So a token that the provider accepted or refused is not sent again.
 */
export class SiteverifyClient {
  /** Hashes of the used tokens, oldest first. */
  private readonly used = new Set<string>();
  private readonly allowance: CheckAllowance;

  constructor(private readonly deps: SiteverifyClientDeps) {
    this.allowance = new CheckAllowance(deps.clock, deps.messagesPerHour * CHECKS_PER_MESSAGE);
  }

  /**
   * Returns `unavailable` when the provider does not answer within 3 seconds, when its answer is not a verdict about
   * the token, or when too many checks are running.
   *
   * @throws AppError RATE_LIMITED with `IP_HOURLY` when the address has caused too many checks.
   */
  async verdict(token: string, { remoteIp, address }: HumanEvidence): Promise<HumanVerdict> {
    const name = hash('sha256', token, 'base64');
    if (this.used.has(name)) return 'refused';
    const verdict =
      (await this.allowance.run(address, () => this.ask(name, token, remoteIp))) ?? 'unavailable';
    this.deps.metrics.humanChecks.inc({ outcome: verdict });
    return verdict;
  }

  private async ask(name: string, token: string, remoteIp: string | null): Promise<HumanVerdict> {
    this.remember(name);
    const verdict = await this.askProvider(token, remoteIp);
    // The provider may not have received the token, so the user may send it again.
    if (verdict === 'unavailable') this.used.delete(name);
    return verdict;
  }

  private remember(name: string): void {
    this.used.add(name);
    if (this.used.size > MAX_USED_TOKENS) this.used.delete(this.used.values().next().value!);
  }

  private async askProvider(token: string, remoteIp: string | null): Promise<HumanVerdict> {
    try {
      return this.read(await this.post(token, remoteIp));
    } catch (error) {
      const { name, code } = error as { name?: string; code?: unknown };
      this.deps.logger.warn(
        { reason: typeof code === 'string' ? code : name },
        'the provider of the human check gave no usable answer',
      );
      return 'unavailable';
    }
  }

  /** Follows no redirect, because another host must not get the secret. */
  private async post(token: string, remoteIp: string | null): Promise<{ status: number; json: unknown }> {
    const form = new URLSearchParams({ secret: this.deps.settings.secret, response: token });
    if (remoteIp !== null) form.set('remoteip', remoteIp);
    const { statusCode, body } = await request(this.deps.settings.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: statusCode, json: JSON.parse(await readBounded(body, MAX_ANSWER_BYTES)) as unknown };
  }

  private read({ status, json }: { status: number; json: unknown }): HumanVerdict {
    const { success, 'error-codes': codes } = (json ?? {}) as { success?: unknown; 'error-codes'?: unknown };
    const errors = Array.isArray(codes) ? codes.map(String) : [];
    // Some providers answer a malformed token with status 400.
    const isVerdict = status === 200 || (status === 400 && errors.length > 0);
    if (status === 200 && success === true) return 'passed';
    if (isVerdict && success === false && !errors.some((code) => NOT_THE_TOKEN.test(code))) return 'refused';
    this.deps.logger.error(
      { status, errors: errors.slice(0, 5).map((code) => code.slice(0, 40)) },
      'the provider refuses every human check; check HUMAN_CHECK_URL and HUMAN_CHECK_SECRET',
    );
    return 'unavailable';
  }
}
