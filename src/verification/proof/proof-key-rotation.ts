import { type AuditLog, SERVER } from '../../audit/audit-log';
import { type ProofKeys, type SuccessionPlan } from '../../keyring/proof-keys';
import { type Clock, DAY_MS, MINUTE_MS } from '../../shared/clock';
import { AppError } from '../../shared/errors';
import { type Logger } from '../../observability/logger';

/** How long others may keep a copy of the JWKS: what its answer says as `max-age`, in seconds. */
export const JWKS_MAX_AGE_SECONDS = 300;
/** A new key stands in the JWKS for so long before it signs: three times the age of any copy. */
const PUBLISHED_BEFORE_MS = 15 * MINUTE_MS;
/** The private key of one that retired is not kept: nobody asks for it any more. */
const FORGET_AFTER_MS = 2 * DAY_MS;

/** Operators and nodes that make a key at the same time are few. */
const ROTATION_TRIES = 20;

export interface ProofKeyRotationSettings {
  /** Age at which a key is replaced, in days; 0 leaves that to operators. */
  keyDays: number;
  /** How often a node looks for keys that others have made, in milliseconds. */
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
 * Replaces the key that signs proofs in time, and on every node takes over what another has changed. All nodes look;
 * whichever comes first makes the key, and the database sees to it that only one does.
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
   * Makes the next key now, whatever the age of the last one.
   *
   * @param revoke for a key that got out: the new key signs at once, and nothing that older keys signed is accepted by
   *   `consumeProof` or found in the JWKS any more. Otherwise the new key is published first, as always.
   * @returns the new key's `kid`, and from when it signs, in epoch milliseconds.
   */
  async rotateNow(revoke: boolean): Promise<{ kid: string; signsFrom: number }> {
    const plan = { minAgeMs: 0, retireInMs: PUBLISHED_BEFORE_MS, revoke, forgetAfterMs: FORGET_AFTER_MS };
    // Another node may be at the same; what it made is no answer to this call, which may want to revoke it.
    for (let tries = 1; !(await this.deps.keys.succeed(plan)); tries++) {
      if (tries === ROTATION_TRIES)
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
