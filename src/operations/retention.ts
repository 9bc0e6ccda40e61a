import { setTimeout as pause } from 'node:timers/promises';
import { type Database } from '../database/database';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { DAY_MS } from '../shared/clock';
import { purgeRefusals } from './refusals/refusal.repository';
import { purgeBudgets, purgeVerifications } from './retention.repository';

/**
 * Number of verifications that one statement deletes. SQLite blocks the event loop during a statement, so the
 * batches are small there. PostgreSQL does not block it.
 */
const BATCH = { sqlite: 50, postgres: 500 };
/** Number of rows of limits read by one statement. No other rows depend on them. */
const BUDGETS = 1_000;
/** Number of refusal rows deleted by one statement. No other rows depend on them. */
const REFUSALS = 500;
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
  /** Where the search through the limits continues. With very many rows, one run does not reach the end. */
  private budgetsAfter = '';

  constructor(private readonly deps: RetentionDeps) {}

  /** One run. It may be interrupted at any point, and two runs may overlap. */
  async purge(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_RUN_MS)]);
    const verifications = await this.purgeVerifications(stop);
    const refusals = await this.purgeRefusals(stop);
    const budgets = await this.purgeBudgets(stop);
    if (verifications + refusals + budgets > 0)
      this.deps.logger.info({ verifications, refusals, budgets }, 'expired rows were deleted');
  }

  private async purgeVerifications(stop: AbortSignal): Promise<number> {
    const batch = BATCH[this.deps.database.dialect];
    for (let total = 0; ;) {
      const gone = await purgeVerifications(this.deps.database, this.deps.days * DAY_MS, batch);
      this.deps.metrics.purgedRows.inc({ table: 'verification' }, gone);
      total += gone;
      if (gone < batch || !(await goesOn(stop))) return total;
    }
  }

  private async purgeRefusals(stop: AbortSignal): Promise<number> {
    for (let total = 0; ;) {
      const gone = await purgeRefusals(this.deps.database, this.deps.days * DAY_MS, REFUSALS);
      this.deps.metrics.purgedRows.inc({ table: 'refusal' }, gone);
      total += gone;
      if (gone < REFUSALS || !(await goesOn(stop))) return total;
    }
  }

  private async purgeBudgets(stop: AbortSignal): Promise<number> {
    let total = 0;
    while (await goesOn(stop)) {
      const { gone, last } = await purgeBudgets(this.deps.database, this.budgetsAfter, BUDGETS);
      this.deps.metrics.purgedRows.inc({ table: 'budget' }, gone);
      total += gone;
      this.budgetsAfter = last ?? '';
      if (last === null) break;
    }
    return total;
  }
}

async function goesOn(stop: AbortSignal): Promise<boolean> {
  await pause(PAUSE_MS);
  return !stop.aborted;
}
