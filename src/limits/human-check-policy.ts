import { AppError } from '../shared/errors';
import { SHARED_LIMIT_NAMES } from './shared-limits';
import { type SiteverifyClient, type HumanCheckSettings, type HumanEvidence } from './siteverify-client';

/** How long a client should wait when the provider does not answer, in seconds. */
const RETRY_SECONDS = 5;

/**
 * Decides when a request requires a human check. A passed check raises the shared limits by `extraPercent`. It never
 * raises the limits of a recipient.
 */
export class HumanCheckPolicy {
  constructor(
    private readonly settings: Pick<HumanCheckSettings, 'mode' | 'extraPercent'>,
    private readonly check: Pick<SiteverifyClient, 'verdict'>,
  ) {}

  /**
   * In mode `always`: admits only a request that passes the check. Nothing is read from the database before that.
   *
   * @throws AppError HUMAN_CHECK_REQUIRED without a token or with a refused one; RATE_LIMITED when the address has
   *   caused too many checks; CHANNEL_UNAVAILABLE when the provider does not answer, because `always` forbids requests
   *   without a check.
   */
  async requireUpFront(evidence: HumanEvidence): Promise<void> {
    if (this.settings.mode !== 'always') return;
    if (!evidence.token) throw humanCheckRequired();
    const verdict = await this.check.verdict(evidence.token, evidence);
    if (verdict === 'refused') throw humanCheckRequired();
    if (verdict === 'unavailable') {
      throw new AppError(
        'CHANNEL_UNAVAILABLE',
        `the provider of the human check does not answer; try again in ${RETRY_SECONDS} seconds`,
        {
          retryAfterSeconds: RETRY_SECONDS,
        },
      );
    }
  }

  /**
   * Does the work within the limits. In mode `when-limited`, if a shared limit refuses it and the check passes, the
   * work is done again with raised limits. No transaction waits for the check, because it runs after the first
   * transaction has ended.
   *
   * @param work receives how much the shared limits are raised, in percent. When it throws, it must have changed
   *   nothing.
   * @throws AppError HUMAN_CHECK_REQUIRED instead of a shared limit's RATE_LIMITED (with its `limit` and
   *   `retryAfterSeconds`) without a token or with a refused one; RATE_LIMITED when the provider does not answer, when
   *   the raised limit refuses too, or when the address has caused too many checks.
   */
  async runWithinLimits<T>(evidence: HumanEvidence, work: (extraPercent: number) => Promise<T>): Promise<T> {
    try {
      return await work(0);
    } catch (refusal) {
      if (this.settings.mode !== 'when-limited' || !isSharedRefusal(refusal)) throw refusal;
      const verdict = evidence.token ? await this.check.verdict(evidence.token, evidence) : 'refused';
      if (verdict === 'unavailable') throw refusal;
      if (verdict === 'refused') throw humanCheckRequired(refusal.extensions);
    }
    return work(this.settings.extraPercent);
  }
}

/** The policy of a service without a human check. */
export const NO_HUMAN_CHECK: Pick<HumanCheckPolicy, 'requireUpFront' | 'runWithinLimits'> = {
  requireUpFront: async () => undefined,
  runWithinLimits: async (_evidence, work) => work(0),
};

function isSharedRefusal(error: unknown): error is AppError {
  return (
    error instanceof AppError &&
    error.code === 'RATE_LIMITED' &&
    SHARED_LIMIT_NAMES.some((name) => name === error.extensions.limit)
  );
}

function humanCheckRequired(extensions: Record<string, unknown> = {}): AppError {
  const message = 'humanToken: show the human check on the page and send its token';
  return new AppError('HUMAN_CHECK_REQUIRED', message, extensions);
}
