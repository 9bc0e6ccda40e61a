import { setTimeout as pause } from 'node:timers/promises';
import { type Database } from '../database/database';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { DAY_MS } from '../shared/clock';
import { purgeRefusals } from './refusals/refusal.repository';
import { purgeLimitCounters, purgeVerifications } from './retention.repository';

/**
 * Number of verifications that one statement deletes. SQLite blocks the event loop during a statement, so the
 * batches are small there. PostgreSQL does not block it.
 */
const VERIFICATIONS_AT_ONCE = { sqlite: 50, postgres: 500 };
/** Number of limit counters that one statement reads. No other rows depend on them. */
const COUNTERS_AT_ONCE = 1_000;
/** Number of refusals that one statement deletes. No other rows depend on them. */
const REFUSALS_AT_ONCE = 500;
/** Pause between two batches, in milliseconds, which leaves time for requests. */
const PAUSE_MS = 50;
/** A run ends after this time, so that it stays within its lease, in milliseconds. The next run continues. */
const LONGEST_RUN_MS = 4 * 60_000;

export interface RetentionDeps {
  database: Database;
  /** How long ended verifications are kept. */
  days: number;
  metrics: Metrics;
  logger: Logger;
}

/** Deletes rows whose retention period has ended, in small batches with pauses between them. */
export class Retention {
  /** The last limit counter that was read; '' at the beginning. With very many rows, one run does not reach the end. */
  private lastCounterKey = '';

  constructor(private readonly deps: RetentionDeps) {}

  /** One run. It may be interrupted at any point, and two runs may overlap. */
  async purge(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_RUN_MS)]);
    const verifications = await this.purgeVerifications(stop);
    const refusals = await this.purgeRefusals(stop);
    const limitCounters = await this.purgeLimitCounters(stop);
    if (verifications + refusals + limitCounters > 0)
      this.deps.logger.info({ verifications, refusals, limitCounters }, 'expired rows were deleted');
  }

  private async purgeVerifications(stop: AbortSignal): Promise<number> {
    const batch = VERIFICATIONS_AT_ONCE[this.deps.database.dialect];
    for (let total = 0; ;) {
      const gone = await purgeVerifications(this.deps.database, this.deps.days * DAY_MS, batch);
      this.deps.metrics.purgedRows.inc({ table: 'verification' }, gone);
      total += gone;
      if (gone < batch || !(await goesOn(stop))) return total;
    }
  }

  private async purgeRefusals(stop: AbortSignal): Promise<number> {
    for (let total = 0; ;) {
      const gone = await purgeRefusals(this.deps.database, this.deps.days * DAY_MS, REFUSALS_AT_ONCE);
      this.deps.metrics.purgedRows.inc({ table: 'refusal' }, gone);
      total += gone;
      if (gone < REFUSALS_AT_ONCE || !(await goesOn(stop))) return total;
    }
  }

  private async purgeLimitCounters(stop: AbortSignal): Promise<number> {
    let total = 0;
    while (await goesOn(stop)) {
      const { gone, last } = await purgeLimitCounters(
        this.deps.database,
        this.lastCounterKey,
        COUNTERS_AT_ONCE,
      );
      this.deps.metrics.purgedRows.inc({ table: 'budget' }, gone);
      total += gone;
      this.lastCounterKey = last ?? '';
      if (last === null) break;
    }
    return total;
  }
}

async function goesOn(stop: AbortSignal): Promise<boolean> {
  await pause(PAUSE_MS);
  return !stop.aborted;
}
