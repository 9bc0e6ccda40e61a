import { randomUUID } from 'node:crypto';
import { type Logger } from '../../observability/logger';
import { type Database } from '../database';
import { releaseDuty, takeDuty } from './duty.repository';

export interface PeriodicWorkSettings {
  /** The name of the duty in the database. It must be the same on all nodes. */
  name: string;
  /**
   * The time from the end of one run to the start of the next, on any node, in milliseconds by the database's clock.
   */
  everyMs: number;
  /** How long a run may take before another node may take the duty, in milliseconds. */
  leaseMs: number;
  /** How often this node tries to take the duty, in milliseconds. */
  pollMs: number;
}

/**
 * Runs work periodically, on one node at a time. The node that takes the duty's row does the work. If that node dies,
 * its lease expires and another node takes the row.
 *
 * The work must tolerate being interrupted at any point. It must also tolerate running on two nodes at once, because a
 * node that was paused for longer than its lease does not notice that it lost the duty.
 */
export class PeriodicWork {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly settings: PeriodicWorkSettings,
    private readonly work: (signal: AbortSignal) => Promise<void>,
    private readonly logger: Logger,
  ) {}

  start(): void {
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(() => {
      this.running = this.turn().finally(() => this.start());
    }, this.settings.pollMs);
    this.timer.unref();
  }

  /** Aborts the signal of a running run and waits until the run has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.running;
  }

  private async turn(): Promise<void> {
    const { name, everyMs, leaseMs } = this.settings;
    const holder = randomUUID();
    try {
      const duty = { name, holder, leaseMs, longestMs: Math.max(leaseMs, everyMs) };
      if (!(await takeDuty(this.database, duty))) return;
      await this.work(this.stopping.signal);
    } catch (error) {
      this.logger.warn({ err: error, duty: name }, 'periodic work failed; it runs again when it is next due');
    }
    // If this fails too, the lease expires by itself.
    await releaseDuty(this.database, { name, holder, dueInMs: everyMs }).catch(() => undefined);
  }
}
