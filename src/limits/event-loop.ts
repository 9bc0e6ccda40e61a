const EVERY_MS = 50;

/**
 * How long a turn of the event loop takes: what every request waits for at each of its steps. Measured by the
 * lateness of a timer; perf_hooks' histogram records nothing when it is reset as often as a saturated loop turns.
 */
export class EventLoopWatch {
  private timer: NodeJS.Timeout | undefined;
  private last = 0;
  private lateMs = 0;
  private ticks = 0;

  start(): void {
    this.last = performance.now();
    this.timer = setInterval(() => this.tick(), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Mean length of a turn since this was asked last, in milliseconds; null when there was none. */
  meanTurnMs(): number | null {
    const mean = this.ticks === 0 ? null : this.lateMs / this.ticks;
    this.lateMs = 0;
    this.ticks = 0;
    return mean;
  }

  private tick(): void {
    const now = performance.now();
    this.lateMs += Math.max(0, now - this.last - EVERY_MS);
    this.ticks += 1;
    this.last = now;
  }
}
