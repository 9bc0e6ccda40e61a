import { type AuditLog, SERVER } from '../../audit/audit-log';
import { type ProofKeys, type SuccessionPlan } from '../../keyring/proof-keys';
import { type Clock, DAY_MS, MINUTE_MS } from '../../shared/clock';
import { AppError } from '../../shared/errors';
import { type Logger } from '../../observability/logger';

/** How long clients may cache the JWKS, in seconds: the `max-age` of its answer. */
export const JWKS_MAX_AGE_SECONDS = 300;
/** How long a new key is in the JWKS before it signs: three times as long as a copy of the JWKS may be cached. */
const PUBLISHED_BEFORE_MS = 15 * MINUTE_MS;
/** When a retired key is deleted. No proof that it signed is valid by then. */
const FORGET_AFTER_MS = 2 * DAY_MS;

/**
 * How often a rotation is attempted. More attempts are not needed, because operators and nodes seldom create keys at
 * once.
 */
const ROTATION_ATTEMPTS = 20;

export interface ProofKeyRotationSettings {
  /** Age at which a key is replaced, in days; 0: only operators replace keys. */
  keyDays: number;
  /** How often a node reads the keys that other nodes have created, in milliseconds. */
  everyMs: number;
}

export interface ProofKeyRotationDeps {
  keys: ProofKeys;
  audit: AuditLog;
  clock: Clock;
  logger: Logger;
  settings: ProofKeyRotationSettings;
}

/**
 * Replaces the key that signs proofs when the key is old enough, and reads the keys that other nodes have created. This
 * runs on every node; the database lets only one node create the next key.
 */
export class ProofKeyRotation {
  private timer: NodeJS.Timeout | undefined;
  private rotating: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(private readonly deps: ProofKeyRotationDeps) {}

  start(): void {
    if (this.stopping) return;
    this.timer = setTimeout(() => {
      this.rotating = this.rotateIfDue().finally(() => this.start());
    }, this.deps.settings.everyMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.rotating;
  }

  /**
   * Creates the next key now, whatever the age of the newest key.
   *
   * @param revoke true after a key was leaked: the new key signs at once, older keys are removed from the JWKS, and
   *   `consumeProof` refuses their proofs. False: the new key is in the JWKS for some time before it signs.
   * @returns the new key's `kid`, and the time from which it signs, in epoch milliseconds.
   */
  async rotateNow(revoke: boolean): Promise<{ kid: string; signsFrom: number }> {
    const plan = { minAgeMs: 0, retireInMs: PUBLISHED_BEFORE_MS, revoke, forgetAfterMs: FORGET_AFTER_MS };
    // A key that another node has created meanwhile does not count, because this call may have to revoke it.
    for (let attempt = 1; !(await this.deps.keys.succeed(plan)); attempt++) {
      if (attempt === ROTATION_ATTEMPTS)
        throw new AppError('CONFLICT', 'other nodes are creating keys at the same time; try again');
    }
    const { kid, createdAt } = this.deps.keys.newest;
    return { kid, signsFrom: revoke ? createdAt : createdAt + PUBLISHED_BEFORE_MS };
  }

  private async rotateIfDue(): Promise<void> {
    try {
      await this.deps.keys.refresh();
      const { keyDays } = this.deps.settings;
      const minAgeMs = keyDays * DAY_MS;
      if (keyDays === 0 || this.deps.keys.newest.createdAt + minAgeMs > this.deps.clock.now()) return;
      const plan: SuccessionPlan = {
        minAgeMs,
        retireInMs: PUBLISHED_BEFORE_MS,
        revoke: false,
        forgetAfterMs: FORGET_AFTER_MS,
      };
      if (!(await this.deps.keys.succeed(plan))) return;
      const { kid } = this.deps.keys.newest;
      this.deps.logger.info(
        { kid, inMinutes: PUBLISHED_BEFORE_MS / MINUTE_MS },
        'a new key will sign proofs',
      );
      await this.deps.audit.record({ actor: SERVER, action: 'rotateProofKey', target: kid });
    } catch (error) {
      this.deps.logger.warn(
        { err: error },
        'the proof keys could not be checked; they are checked again soon',
      );
    }
  }
}
