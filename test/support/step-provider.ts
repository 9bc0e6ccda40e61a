import {
  type AcceptedSend,
  DeliveryError,
  type OutgoingMessage,
  type Provider,
  type Receipt,
} from '../../src/channels/provider.types';
import { type Setback } from '../../src/delivery/failover-rule';

/** How one send goes: it arrives, or it meets a setback. */
export type Step = Setback | { kind: 'delivered' } | { kind: 'pending' };

export interface Traits {
  reachesOnlySome?: true;
  deduplicates?: true;
  receiptDeadlineMs?: number;
  canLookUp?: boolean;
}

/** The steps of each recipient's message, whichever provider sends it, and the sends that happened. */
export class Steps {
  readonly sends = new Map<string, string[]>();
  readonly codes = new Map<string, Set<string>>();
  private readonly planned = new Map<string, Step[]>();
  private readonly accepted = new Map<string, Step>();
  /** The most sends of one recipient that ran at the same time. */
  mostAtOnce = 0;
  private readonly running = new Map<string, number>();

  plan(to: string, steps: readonly Step[]): void {
    this.planned.set(to, [...steps]);
  }

  async send(provider: string, { to, code }: OutgoingMessage): Promise<AcceptedSend> {
    const running = (this.running.get(to) ?? 0) + 1;
    this.running.set(to, running);
    this.mostAtOnce = Math.max(this.mostAtOnce, running);
    this.sends.set(to, [...(this.sends.get(to) ?? []), provider]);
    this.codes.set(to, (this.codes.get(to) ?? new Set()).add(code));
    await new Promise(setImmediate);
    this.running.set(to, running - 1);
    const step = this.planned.get(to)?.shift() ?? { kind: 'delivered' };
    if (step.kind === 'permanent')
      throw new DeliveryError('permanent', 'planned', { failure: step.failure, providerCode: 'P' });
    if (step.kind === 'retryable' || step.kind === 'unknown' || step.kind === 'skipped')
      throw new DeliveryError(step.kind, 'planned');
    const providerMessageId = `${to} ${this.sends.get(to)!.length}`;
    this.accepted.set(providerMessageId, step);
    return { providerMessageId };
  }

  receipt(providerMessageId: string): Receipt {
    const step = this.accepted.get(providerMessageId);
    if (step?.kind === 'delivered') return { state: 'delivered' };
    if (step?.kind === 'not-delivered') {
      const { failure, retryable } = step;
      return { state: 'failed', failure, retryable, providerCode: 'R' };
    }
    return { state: 'pending' };
  }

  /** Changes the receipt of a message that a provider accepted. */
  report(providerMessageId: string, step: Step): void {
    this.accepted.set(providerMessageId, step);
  }
}

/** A provider whose sends go as planned. */
export class StepProvider implements Provider {
  readonly channel = 'EMAIL';
  readonly reachesOnlySome?: true;
  readonly deduplicates?: true;
  readonly receiptDeadlineMs?: number;
  readonly lookup?: () => Promise<null>;

  constructor(
    readonly name: string,
    private readonly steps: Steps,
    { reachesOnlySome, deduplicates, receiptDeadlineMs, canLookUp }: Traits = {},
  ) {
    this.reachesOnlySome = reachesOnlySome;
    this.deduplicates = deduplicates;
    this.receiptDeadlineMs = receiptDeadlineMs;
    if (canLookUp) this.lookup = async () => null;
  }

  send(message: OutgoingMessage): Promise<AcceptedSend> {
    return this.steps.send(this.name, message);
  }

  async receipt(providerMessageId: string): Promise<Receipt> {
    return this.steps.receipt(providerMessageId);
  }
}
