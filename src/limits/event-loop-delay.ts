import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often Node measures the delay, in milliseconds. */
const RESOLUTION_MS = 50;

/**
 * Measures how long each step of a request waits for a turn of the event loop. The histogram is never reset, because a
 * reset would discard the current turn; docs/decisions/0002-event-loop-delay.md has the figures.
 */
export class EventLoopDelay {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private count = 0;
  private totalNs = 0;

  start(): void {
    this.histogram.enable();
  }

  stop(): void {
    this.histogram.disable();
  }

  /** The mean delay since the last call, in milliseconds; null when nothing was measured since then. */
  meanMs(): number | null {
    const { count, mean } = this.histogram;
    const turns = count - this.count;
    if (turns === 0) return null;
    const totalNs = count * mean;
    const meanNs = (totalNs - this.totalNs) / turns;
    this.count = count;
    this.totalNs = totalNs;
    return Math.max(0, meanNs / 1e6 - RESOLUTION_MS);
  }
}
