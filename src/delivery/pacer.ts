import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Spaces starts so that a provider's rate is kept, one instance a provider and node. With several nodes the
 * provider's own throttling, which counts as trouble that passes, does the rest.
 */
export class Pacer {
  private nextAt = 0;

  constructor(private readonly maxPerSecond: () => Promise<number | null>) {}

  /** Resolves when the next message may leave. */
  async turn(): Promise<void> {
    const rate = await this.maxPerSecond();
    if (rate === null || rate <= 0) return;
    const now = performance.now();
    const startAt = Math.max(now, this.nextAt);
    this.nextAt = startAt + 1000 / rate;
    if (startAt > now) await sleep(startAt - now);
  }
}
