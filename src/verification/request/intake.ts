import { type HumanCheckPolicy } from '../../limits/human-check-policy';
import { type OverloadGuard } from '../../limits/overload-guard';
import { type HumanEvidence } from '../../limits/siteverify-client';
import { type Channel } from '../../recipients/channel';
import { type Recipient } from '../../recipients/recipient';
import { AppError } from '../../shared/errors';
import { type CodeDerivation } from '../code/code-derivation';
import { type MessageLimits } from '../../limits/limit-refusals';
import { type CountedMessage, type LimitPolicy } from './limit-policy';

/** Returns the limits that a message counts for. The recipient's own limits are counted under `key`. */
export type LimitsOf = (message: Pick<CountedMessage, 'recipient' | 'key' | 'purpose'>) => MessageLimits;

export interface IntakeDeps {
  overloadGuard: Pick<OverloadGuard, 'check'>;
  humanCheck: Pick<HumanCheckPolicy, 'requireUpFront' | 'runWithinLimits'>;
  limits: LimitPolicy;
  codes: Pick<CodeDerivation, 'isFixed'>;
  /** Channels without a provider. */
  closedChannels: readonly Channel[];
}

/** Decides whether a message is accepted: by its channel, the server's load, the human check and the limits. */
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
   * Requires a passed human check if the settings require one before every request. Recipients with a fixed code are
   * exempt, because they are sent nothing.
   *
   * @throws AppError as `HumanCheckPolicy.requireUpFront`.
   */
  async requireHuman(recipient: Recipient, evidence: HumanEvidence): Promise<void> {
    if (!this.deps.codes.isFixed(recipient)) await this.deps.humanCheck.requireUpFront(evidence);
  }

  /**
   * Accepts a message within its limits. If a shared limit refuses it and the human check passes, the shared limits are
   * raised and the message is accepted within them.
   *
   * @param accept runs within the limits and, if needed, again within the raised limits. When it throws, it must have
   *   changed nothing.
   * @throws the errors of `HumanCheckPolicy.runWithinLimits` and of `accept`.
   */
  acceptWithinLimits<T>(evidence: HumanEvidence, accept: (limitsOf: LimitsOf) => Promise<T>): Promise<T> {
    const { humanCheck, limits } = this.deps;
    return humanCheck.runWithinLimits(evidence, (extraPercent) =>
      accept((message) => limits.limitsOf({ ...message, address: evidence.address, extraPercent })),
    );
  }
}
