import { randomUUID } from 'node:crypto';
import { type Logger } from '../../observability/logger';
import { type Database } from '../database';
import { releaseDuty, takeDuty } from './duty.repository';

export interface PeriodicWorkSettings {
  /** Names the duty in the database: equal on all nodes. */
  name: string;
  /** From the end of one run to the next, whichever node does it, in milliseconds of the database's clock. */
  everyMs: number;
  /** How long a run may take before another node takes the duty over, in milliseconds. */
  leaseMs: number;
  /** How often this node looks whether the duty is free, in milliseconds. */
  pollMs: number;
}

/**
 * Runs a piece of work again and again on one node at a time: whoever changes the duty's row does it. When that node
 * dies, the row comes free by itself and another goes on. The work must bear being cut off anywhere and being run
 * twice, since a node that was stopped past its lease does not know it.
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

  /** Lets a run under way end; its signal tells it to hurry. */
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
      this.logger.warn({ err: error, duty: name }, 'periodic work failed and will be tried again');
    }
    // Should this fail as well, the lease ends by itself.
    await releaseDuty(this.database, { name, holder, dueInMs: everyMs }).catch(() => undefined);
  }
}
