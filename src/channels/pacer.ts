import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Spaces starts so that a provider's rate is kept, one instance a provider and node. With several nodes the
 * provider's own throttling, which counts as trouble that passes, does the rest.
 */
export class Pacer {
  private nextAt = 0;
  /** Until when turns are promised to those who were told to come back. */
  private bookedUntil = 0;

  constructor(private readonly maxPerSecond: () => Promise<number | null>) {}

  /**
   * Waits for a turn, `patienceMs` at most.
   *
   * @returns 0 when the message may leave now; otherwise nothing was taken, and it is worth coming back after so many
   *   milliseconds: each who is told so is told a later time.
   */
  async turn(patienceMs = Infinity): Promise<number> {
    const rate = await this.maxPerSecond();
    if (rate === null || rate <= 0) return 0;
    const now = performance.now();
    const startAt = Math.max(now, this.nextAt);
    if (startAt - now > patienceMs) {
      this.bookedUntil = Math.max(this.bookedUntil, startAt) + 1000 / rate;
      return this.bookedUntil - now;
    }
    this.nextAt = startAt + 1000 / rate;
    // A timer sleeps a millisecond at least: at high rates the sum of what is passed over is made up by the next one.
    if (startAt - now >= 1) await sleep(startAt - now);
    return 0;
  }
}
