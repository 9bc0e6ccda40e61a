import { AppError } from '../shared/errors';
import { CROWD_LIMITS } from './crowds';
import { type HumanCheck, type HumanCheckSettings, type HumanEvidence } from './human-check';

/** How long a client does well to wait when the check cannot be made, in seconds. */
const RETRY_SECONDS = 5;

/**
 * Decides when a request has to show that a human is there. Only crowds' limits (an address, a block of numbers, the
 * day's SMS) are for a human to get past, and those by a bounded share; what one recipient may get never moves.
 */
export class HumanGate {
  constructor(
    private readonly settings: Pick<HumanCheckSettings, 'mode' | 'extraPercent'>,
    private readonly check: Pick<HumanCheck, 'verdict'>,
  ) {}

  /**
   * With `always`: lets those in who pass, before anything is looked up.
   *
   * @throws AppError HUMAN_CHECK_REQUIRED without a token or with one that was refused, CHANNEL_UNAVAILABLE when the
   *   provider does not answer: who asked for the check does not want to be without it.
   */
  async admit({ token, remoteIp }: HumanEvidence): Promise<void> {
    if (this.settings.mode !== 'always') return;
    if (!token) throw humanCheckRequired();
    const verdict = await this.check.verdict(token, remoteIp);
    if (verdict === 'refused') throw humanCheckRequired();
    if (verdict === 'unavailable') {
      throw new AppError('CHANNEL_UNAVAILABLE', 'the human check does not answer', {
        retryAfterSeconds: RETRY_SECONDS,
      });
    }
  }

  /**
   * With `when-limited`: does the work within the limits and, where a crowd's limit refuses it, once more with that
   * limit raised for those who pass. The check is made between the two tries, so no transaction waits for it.
   *
   * @param work gets by how many percent the limits of crowds are raised, and undoes all it did when it throws.
   * @throws AppError HUMAN_CHECK_REQUIRED instead of a crowd's RATE_LIMITED (with its `limit` and `retryAfterSeconds`)
   *   for who brings no token or a refused one; RATE_LIMITED as it was when the provider does not answer, and when
   *   the raised limit is reached as well.
   */
  async within<T>(
    { token, remoteIp }: HumanEvidence,
    work: (extraPercent: number) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(0);
    } catch (refusal) {
      if (this.settings.mode !== 'when-limited' || !isCrowdRefusal(refusal)) throw refusal;
      const verdict = token ? await this.check.verdict(token, remoteIp) : 'refused';
      if (verdict === 'unavailable') throw refusal;
      if (verdict === 'refused') throw humanCheckRequired(refusal.extensions);
    }
    return work(this.settings.extraPercent);
  }
}

/** For a service that asks nobody. */
export const OPEN_GATE: Pick<HumanGate, 'admit' | 'within'> = {
  admit: async () => undefined,
  within: async (_evidence, work) => work(0),
};

function isCrowdRefusal(error: unknown): error is AppError {
  return (
    error instanceof AppError &&
    error.code === 'RATE_LIMITED' &&
    CROWD_LIMITS.some((name) => name === error.extensions.limit)
  );
}

function humanCheckRequired(extensions: Record<string, unknown> = {}): AppError {
  const message = 'humanToken: show the human check and send what it gives';
  return new AppError('HUMAN_CHECK_REQUIRED', message, extensions);
}
