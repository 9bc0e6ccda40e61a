import { type Logger } from '../shared/logger';
import { type Metrics } from '../shared/metrics';

export interface HumanCheckSettings {
  /** The provider's `siteverify`. */
  url: string;
  secret: string;
  /** In front of every request for a code, or instead of a refusal where a crowd's limit is reached. */
  mode: 'always' | 'when-limited';
  /** How much more a crowd may have for those who pass, in percent of its limit. */
  extraPercent: number;
}

/** What a request brought to show that a human is there. */
export interface HumanEvidence {
  /** What the widget on the page gave. */
  token: string | null;
  /** The end user's address, where it is known. */
  remoteIp: string | null;
}

export type HumanVerdict = 'passed' | 'refused' | 'unavailable';

/** A page waits for this. */
const TIMEOUT_MS = 3_000;
/** More than this at once only pile up at a provider that hangs. */
const MAX_AT_ONCE = 64;
/** Our own settings or the provider are at fault here, and not the person. */
const NOT_THE_PERSON =
  /^(missing-input-secret|invalid-input-secret|sitekey-secret-mismatch|bad-request|internal-error)$/;

/**
 * Asks Turnstile, hCaptcha or whatever has the same shape whether a token is a human's: a form with `secret`,
 * `response` and `remoteip`, answered by `{ success, "error-codes" }`. The provider takes each token once. Connections
 * are kept open by `fetch`. The token is never logged.
 */
export class HumanCheck {
  private underWay = 0;

  constructor(
    private readonly settings: Pick<HumanCheckSettings, 'url' | 'secret'>,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  /** `unavailable` when the provider gave no answer in 3 s, or one that says nothing about the person. */
  async verdict(token: string, remoteIp: string | null): Promise<HumanVerdict> {
    const verdict = await this.ask(token, remoteIp);
    this.metrics.humanChecked(verdict);
    return verdict;
  }

  private async ask(token: string, remoteIp: string | null): Promise<HumanVerdict> {
    if (this.underWay >= MAX_AT_ONCE) return 'unavailable';
    this.underWay++;
    try {
      return this.read(await this.post(token, remoteIp));
    } catch (error) {
      const { name, cause } = error as { name?: string; cause?: { code?: string } };
      this.logger.warn({ reason: cause?.code ?? name }, 'the human check gave no answer');
      return 'unavailable';
    } finally {
      this.underWay--;
    }
  }

  private async post(token: string, remoteIp: string | null): Promise<unknown> {
    const form = new URLSearchParams({ secret: this.settings.secret, response: token });
    if (remoteIp !== null) form.set('remoteip', remoteIp);
    const response = await fetch(this.settings.url, {
      method: 'POST',
      body: form,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return response.json();
  }

  private read(answer: unknown): HumanVerdict {
    const { success, 'error-codes': codes } = (answer ?? {}) as {
      success?: unknown;
      'error-codes'?: unknown;
    };
    if (success === true) return 'passed';
    const errors = Array.isArray(codes) ? codes.map(String) : [];
    if (success === false && !errors.some((code) => NOT_THE_PERSON.test(code))) return 'refused';
    this.logger.error(
      { errors: errors.slice(0, 5) },
      'the human check does not work; look at HUMAN_CHECK_SECRET',
    );
    return 'unavailable';
  }
}
