import { setTimeout as pause } from 'node:timers/promises';
import { purgeEntries } from '../audit/audit-entry.repository';
import { type Database } from '../database/database';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { DAY_MS } from '../shared/clock';
import { purgeRefusals } from './refusals/refusal.repository';
import { purgeEvents, purgeLimitCounters, purgeVerifications } from './retention.repository';

/**
 * Number of verifications that one statement deletes. SQLite blocks the event loop during a statement, so the
 * batches are small there. PostgreSQL does not block it.
 */
const VERIFICATIONS_AT_ONCE = { sqlite: 50, postgres: 500 };
/** Number of limit counters that one statement reads. No other rows depend on them. */
const COUNTERS_AT_ONCE = 1_000;
/** Number of refusals, audit entries or events that one statement deletes. No other rows depend on them. */
const ROWS_AT_ONCE = 500;
/** Pause between two batches, in milliseconds, which leaves time for requests. */
const PAUSE_MS = 50;
/** A run ends after this time, so that it stays within its lease, in milliseconds. The next run continues. */
const LONGEST_RUN_MS = 4 * 60_000;

export interface RetentionDeps {
  database: Database;
  /** How long ended verifications are kept. */
  days: number;
  /** How long entries of the audit log are kept; 0 means for ever. */
  auditDays: number;
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
    const { database, days, auditDays } = this.deps;
    await this.purgeEvents(stop);
    const batch = VERIFICATIONS_AT_ONCE[database.dialect];
    const verifications = await this.purgeBatches('verification', batch, stop, () =>
      purgeVerifications(database, days * DAY_MS, batch),
    );
    const refusals = await this.purgeBatches('refusal', ROWS_AT_ONCE, stop, () =>
      purgeRefusals(database, days * DAY_MS, ROWS_AT_ONCE),
    );
    const auditEntries =
      auditDays === 0
        ? 0
        : await this.purgeBatches('audit_entry', ROWS_AT_ONCE, stop, () =>
            purgeEntries(database, auditDays * DAY_MS, ROWS_AT_ONCE),
          );
    const limitCounters = await this.purgeLimitCounters(stop);
    const purged = { verifications, refusals, auditEntries, limitCounters };
    if (Object.values(purged).some((rows) => rows > 0))
      this.deps.logger.info(purged, 'expired rows were deleted');
  }

  private async purgeEvents(stop: AbortSignal): Promise<void> {
    const { database, metrics, logger } = this.deps;
    for (;;) {
      const types = await purgeEvents(database, ROWS_AT_ONCE);
      for (const type of types) metrics.events.inc({ type, outcome: 'dropped' });
      if (types.length > 0)
        logger.error(
          { events: types.length },
          'events were dropped, because they were not sent for three days',
        );
      if (types.length < ROWS_AT_ONCE || !(await goesOn(stop))) return;
    }
  }

  /** Runs a statement that deletes up to `batch` rows, until it deletes fewer. @returns the number of deleted rows. */
  private async purgeBatches(
    table: string,
    batch: number,
    stop: AbortSignal,
    purge: () => Promise<number>,
  ): Promise<number> {
    for (let total = 0; ;) {
      const gone = await purge();
      this.deps.metrics.purgedRows.inc({ table }, gone);
      total += gone;
      if (gone < batch || !(await goesOn(stop))) return total;
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
      this.deps.metrics.purgedRows.inc({ table: 'limit_counter' }, gone);
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
