import { hash } from 'node:crypto';
import { request } from 'undici';
import { type Clock } from '../shared/clock';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { readBounded } from '../shared/read-bounded';
import { CheckAllowance } from './check-allowance';

export interface HumanCheckSettings {
  /** The provider's `siteverify`. */
  url: string;
  secret: string;
  /** `always`: before every request for a code. `when-limited`: only when a shared limit would refuse it. */
  mode: 'always' | 'when-limited';
  /** By how much shared limits are raised for those who pass, in percent. */
  extraPercent: number;
}

/** The evidence that a human makes a request. */
export interface HumanEvidence {
  /** The token of the widget on the page. */
  token: string | null;
  /** The end user's address for the provider; null when it is not known. */
  remoteIp: string | null;
  /** The key that limits count that address under; null when it is not known. */
  address: string | null;
}

export type HumanVerdict = 'passed' | 'refused' | 'unavailable';

/** Short, because a page waits for the answer. */
const TIMEOUT_MS = 3_000;
/** A verdict has a few hundred bytes. */
const MAX_ANSWER_BYTES = 16 * 1024;
/** Tokens that are remembered as used; the oldest are forgotten first. */
const MAX_USED_TOKENS = 20_000;
/** An address needs one check for each message, and as many may fail. */
const CHECKS_PER_MESSAGE = 2;
/** Error codes that concern the server's settings or the provider, and not the token. */
const NOT_THE_TOKEN =
  /^(missing-input-secret|invalid-input-secret|sitekey-secret-mismatch|bad-request|internal-error)$/;

export interface SiteverifyClientDeps {
  settings: Pick<HumanCheckSettings, 'url' | 'secret'>;
  /** The most messages that one address can be sent in an hour; 0 for no bound. */
  messagesPerHour: number;
  clock: Clock;
  metrics: Metrics;
  logger: Logger;
}

/**
 * Asks a provider (Turnstile, hCaptcha or another with the same interface) whether a human solved the check that gave a
 * token. It sends a form with `secret`, `response` and `remoteip`, and reads `{ success, "error-codes" }`. It never logs a
 * token.
 *
 * A provider accepts each token once, so no token is sent twice, whether it was accepted or refused.
 */
export class SiteverifyClient {
  /** Hashes of tokens that were sent, oldest first. */
  private readonly used = new Set<string>();
  private readonly allowance: CheckAllowance;

  constructor(private readonly deps: SiteverifyClientDeps) {
    this.allowance = new CheckAllowance(deps.clock, deps.messagesPerHour * CHECKS_PER_MESSAGE);
  }

  /**
   * `unavailable` when the provider did not answer in 3 s, when its answer says nothing about the token, or when too many
   * checks are running.
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
    // The provider may not have seen it, so the same human may try it again.
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

  /** Follows no redirect, because the secret is for one host. */
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
    // Some providers answer 400 to a token that they cannot read.
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
