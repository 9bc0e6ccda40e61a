import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Spaces the sends of one node to one provider, so that the provider's rate is kept. Several nodes together may exceed
 * the rate. The provider then refuses a send with a temporary error, and the message is sent again.
 */
export class Pacer {
  private nextAt = 0;
  /** The latest time at which a caller was asked to come back. */
  private bookedUntil = 0;

  constructor(private readonly maxPerSecond: () => Promise<number | null>) {}

  /**
   * Waits for a turn, but not when the wait is longer than `patienceMs`.
   *
   * @returns 0 when the message may be sent now. Otherwise no turn was taken, and the caller should come back after so
   *   many milliseconds. Each caller gets a later time, so that they do not come back together.
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
    // A timer sleeps for at least a millisecond. At high rates shorter waits are skipped, and `nextAt` adds them up.
    if (startAt - now >= 1) await sleep(startAt - now);
    return 0;
  }
}
