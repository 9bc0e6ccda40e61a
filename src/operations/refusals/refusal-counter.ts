import { type Database } from '../../database/database';
import { DatabaseUnavailable } from '../../database/database-errors';
import { type Logger } from '../../observability/logger';
import { raceTimeout } from '../../shared/race-timeout';
import { encodeCause } from './refusal-cause';
import { addRefusals, keyOf, MAX_ROWS_PER_HOUR, OTHER } from './refusal.repository';
import { type Refusal, type RefusalCount } from './refusal.types';

/** Number of counts in one transaction. It limits how long SQLite blocks the event loop. */
const BATCH = 200;

export interface RefusalCounterSettings {
  /** How long a count may wait in memory, in milliseconds. A crash loses the counts of this time. */
  flushMs: number;
  /** How long the last flush may take at shutdown, in milliseconds. */
  lastFlushMs: number;
}

const DEFAULTS: RefusalCounterSettings = { flushMs: 1_000, lastFlushMs: 2_000 };

/**
 * Counts refused requests in memory and stores the counts once a second, because a refusal must cost less
 * than an accepted request. A crash loses at most the last second. Memory has the same limit as the table:
 * counts beyond 10,000 different ones are added up as `OTHER`.
 */
export class RefusalCounter {
  private pending = new Map<string, RefusalCount>();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    private readonly settings: RefusalCounterSettings = DEFAULTS,
  ) {}

  count({ recipientKey, channel, ...cause }: Refusal): void {
    const reason = encodeCause(cause);
    this.add({ recipient_key: recipientKey ?? '', channel: channel ?? '', reason, count: 1 });
    if (!this.stopped) this.schedule();
  }

  /** Drops the counts of an erased recipient that are not stored yet. */
  async forget(recipientKey: string): Promise<void> {
    await this.flushing;
    for (const [key, { recipient_key }] of this.pending)
      if (recipient_key === recipientKey) this.pending.delete(key);
  }

  /** Stores the remaining counts, at most for `lastFlushMs`. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await raceTimeout(this.settings.lastFlushMs, this.flush(), undefined);
  }

  private add(counted: RefusalCount): void {
    const key = keyOf(counted);
    const known = this.pending.get(key);
    if (known) known.count += counted.count;
    else if (this.pending.size < MAX_ROWS_PER_HOUR) this.pending.set(key, { ...counted });
    else this.addToOther(counted.count);
  }

  private addToOther(count: number): void {
    const other: RefusalCount = { recipient_key: '', channel: '', reason: OTHER, count: 0 };
    const known = this.pending.get(keyOf(other)) ?? other;
    known.count += count;
    this.pending.set(keyOf(other), known);
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.flush().then(() => {
        if (this.pending.size > 0 && !this.stopped) this.schedule();
      });
    }, this.settings.flushMs).unref();
  }

  /**
   * One flush runs at a time. A second call waits for the first, and then stores the counts that were added
   * meanwhile.
   */
  private async flush(): Promise<void> {
    await this.flushing;
    this.flushing = this.store().finally(() => (this.flushing = null));
    await this.flushing;
  }

  private async store(): Promise<void> {
    const counts = [...this.pending.values()];
    this.pending = new Map();
    for (let start = 0; start < counts.length; start += BATCH) {
      try {
        const batch = counts.slice(start, start + BATCH);
        await this.database.transaction(() => addRefusals(this.database.dialect, batch));
      } catch (error) {
        if (error instanceof DatabaseUnavailable) {
          // The counts wait for the next flush, in limited memory.
          for (const counted of counts.slice(start)) this.add(counted);
          return;
        }
        this.logger.error({ err: error }, 'refusal counts could not be stored and are lost');
      }
    }
  }
}
