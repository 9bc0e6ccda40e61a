import { type HumanCheckPolicy } from '../../limits/human-check-policy';
import { type OverloadGuard } from '../../limits/overload-guard';
import { type HumanEvidence } from '../../limits/siteverify-client';
import { type Channel } from '../../recipients/channel';
import { type Recipient } from '../../recipients/recipient';
import { AppError } from '../../shared/errors';
import { type CodeDerivation } from '../code/code-derivation';
import { type MessageLimits } from '../../limits/limit-refusals';
import { type LimitPolicy } from './limit-policy';

/** The limits that a message counts for. `key` is what the recipient's own limits are counted under. */
export type LimitsOf = (recipient: Recipient, key: string) => MessageLimits;

export interface IntakeDeps {
  overloadGuard: Pick<OverloadGuard, 'check'>;
  humanCheck: Pick<HumanCheckPolicy, 'requireUpFront' | 'runWithinLimits'>;
  limits: LimitPolicy;
  codes: Pick<CodeDerivation, 'isFixed'>;
  /** Channels without a provider. */
  closedChannels: readonly Channel[];
}

/** Decides which messages are accepted: open channels, no overload, humans, limits. */
export class Intake {
  constructor(private readonly deps: IntakeDeps) {}

  /** @throws AppError CHANNEL_UNAVAILABLE when the channel has no provider, or while the server is overloaded. */
  checkOpen(recipient: Recipient): void {
    const { closedChannels, codes, overloadGuard } = this.deps;
    if (closedChannels.includes(recipient.channel) && !codes.isFixed(recipient))
      throw new AppError('CHANNEL_UNAVAILABLE', 'this channel is switched off; use the other one');
    overloadGuard.check(recipient.channel);
  }

  /**
   * Requires a human where the settings ask for one before every request. Recipients with a fixed code are sent nothing,
   * so their requests need none.
   *
   * @throws AppError as `HumanCheckPolicy.requireUpFront`.
   */
  async requireHuman(recipient: Recipient, evidence: HumanEvidence): Promise<void> {
    if (!this.deps.codes.isFixed(recipient)) await this.deps.humanCheck.requireUpFront(evidence);
  }

  /**
   * Accepts a message within its limits; when a shared limit refuses it and a human is shown, within raised limits.
   *
   * @param accept runs once for each of the two, and undoes everything when it throws.
   * @throws AppError as `HumanCheckPolicy.runWithinLimits`, and what `accept` throws.
   */
  acceptWithinLimits<T>(evidence: HumanEvidence, accept: (limitsOf: LimitsOf) => Promise<T>): Promise<T> {
    const { humanCheck, limits } = this.deps;
    return humanCheck.runWithinLimits(evidence, (extraPercent) =>
      accept((recipient, key) =>
        limits.limitsOf({ recipient, key, address: evidence.address, extraPercent }),
      ),
    );
  }
}
