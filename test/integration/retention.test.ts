import { type Database } from '../../src/database/database';
import { PeriodicWork } from '../../src/database/duties/periodic-work';
import { Metrics } from '../../src/observability/metrics';
import { Retention } from '../../src/operations/retention';
import { pino } from 'pino';
import { createDatabase, DIALECTS, openDatabase, type TestDatabase } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const DAY = 86_400;
const silent = pino({ level: 'silent' });

describe.each(DIALECTS)('retention, on %s', (dialect) => {
  it('purges verifications that ended long enough ago together with their deliveries, and nothing else', async () => {
    const clock = new ManualClock();
    const app = await TestApp.start(dialect, { RETENTION_DAYS: '2' }, { clock, dutyPollMs: 20 });
    const request = async (email: string) => (await app.requestEmail(email)).data.requestEmailCode.id;
    const expired = await request('expired@example.com');
    const used = await request('used@example.com');
    await app.verify(used, await app.codeFor('used@example.com'));
    await Promise.all([expired, used].map((id) => app.delivered(id)));
    // The codes were valid for half an hour.
    clock.advance(2 * DAY);
    const young = await request('young@example.com');
    clock.advance(1_801);
    for (const id of [expired, used])
      await until(async () => {
        clock.advance(60); // The duty is due every ten minutes.
        return (await app.verification(id)) === null ? true : null;
      });
    expect((await app.verification(young)).status).toBe('EXPIRED');
    expect(await app.inbox('expired@example.com')).toEqual([]);
    expect(await app.inbox('young@example.com')).toHaveLength(1);
    const metrics = await until(async () => {
      const text = await (await fetch(`${app.url}/metrics`)).text();
      return /purged_rows_total\{table="verification"\} 2\n/.test(text) ? text : null;
    });
    expect(metrics).toMatch(/purged_rows_total\{table="limit_counter"\} \d/);
    await app.close();
  });

  describe('with its own database', () => {
    let own: TestDatabase;
    let database: Database;
    let clock: ManualClock;
    beforeEach(async () => {
      clock = new ManualClock();
      own = await createDatabase(dialect);
      database = await openDatabase(own.url, { testClock: clock });
    });
    afterEach(async () => {
      await database.close();
      await own.drop();
    });

    const count = async (table: string) =>
      Number((await database.read<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0]!.n);

    const fill = async (rows: number, expiresInS: number) => {
      for (let row = 0; row < rows; row++) {
        const id = `${expiresInS}-${row}`;
        await database.write(
          `INSERT INTO verification (id, channel, purpose, locale, recipient_sealed, recipient_key, status,
             attempts_remaining, created_at, expires_at)
           VALUES ($1, 'SMS', 'sign-up', 'ko', '', $1, 'PENDING', 5, now_ms(), now_ms() + $2)`,
          [id, expiresInS * 1_000],
        );
        await database.write(
          `INSERT INTO delivery (id, verification_id, channel, status, attempts, rounds, ruled_out, receipt_checks,
             created_at, expires_at, updated_at)
           VALUES ($1, $1, 'SMS', 'SENT', 1, 0, '', 0, now_ms(), now_ms(), now_ms())`,
          [id],
        );
        await database.write(
          `INSERT INTO send (delivery_id, number, provider, result, ended_at) VALUES ($1, 1, 'p', 'REFUSED', now_ms())`,
          [id],
        );
      }
    };

    it('purges batch by batch until nothing is left', async () => {
      await fill(450, 60);
      await fill(3, 40 * DAY);
      clock.advance(30 * DAY + 61);
      await new Retention({
        database,
        days: 30,
        auditDays: 365,
        metrics: new Metrics(),
        logger: silent,
      }).purge(new AbortController().signal);
      const left = [await count('verification'), await count('delivery'), await count('send')];
      expect(left).toEqual([3, 3, 3]);
    });

    it('stops after the current batch when the server stops', async () => {
      await fill(600, 60);
      clock.advance(31 * DAY);
      await new Retention({
        database,
        days: 30,
        auditDays: 365,
        metrics: new Metrics(),
        logger: silent,
      }).purge(AbortSignal.abort());
      expect(await count('verification')).toBe(600 - (dialect === 'sqlite' ? 50 : 500));
    });

    it('removes limit counters that no window covers any more, and keeps the others', async () => {
      const touch = (key: string) =>
        database.write(
          `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
           VALUES ($1, '', '', 0, 0, 0, now_ms())`,
          [key],
        );
      for (let key = 0; key < 1_100; key++) await touch(`old-${key}`);
      clock.advance(DAY + 1);
      await touch('yesterday');
      clock.advance(DAY);
      await new Retention({
        database,
        days: 30,
        auditDays: 365,
        metrics: new Metrics(),
        logger: silent,
      }).purge(new AbortController().signal);
      expect(await database.read('SELECT key FROM budget')).toEqual([{ key: 'yesterday' }]);
    });

    it.each([
      [365, 1],
      [0, 1_101],
    ])('removes entries of the audit log after %i days, where 0 means never', async (auditDays, left) => {
      await database.write(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
         INSERT INTO audit_entry (id, at, actor, action, outcome)
         SELECT 'old-' || i, now_ms(), 'server', 'x', 'OK' FROM n`,
      );
      clock.advance(365 * DAY + 1);
      await database.write(
        `INSERT INTO audit_entry (id, at, actor, action, outcome) VALUES ('new', now_ms(), 'server', 'x', 'OK')`,
      );
      const deps = { database, days: 30, auditDays, metrics: new Metrics(), logger: silent };
      await new Retention(deps).purge(new AbortController().signal);
      expect(await count('audit_entry')).toBe(left);
    });

    it('runs on one node at a time, and on another node when the first one dies', async () => {
      const settings = { name: 'work', everyMs: 60_000, leaseMs: 300_000, pollMs: 5 };
      const runs = { first: 0, second: 0 };
      // The first node takes the duty and then hangs like a dead node: it neither finishes nor releases the duty.
      const first = new PeriodicWork(
        database,
        settings,
        () => {
          runs.first += 1;
          return new Promise(() => undefined);
        },
        silent,
      );
      first.start();
      await until(() => (runs.first === 1 ? true : null));
      let reads = 0;
      const watched: Database = Object.assign(Object.create(database) as Database, {
        write: (sql: string, params: never) => {
          reads += 1;
          return database.write(sql, params);
        },
      });
      const second = new PeriodicWork(watched, settings, async () => void (runs.second += 1), silent);
      second.start();
      await until(() => (reads >= 3 ? true : null));
      expect(runs).toEqual({ first: 1, second: 0 });
      clock.advance(299);
      const before = reads;
      await until(() => (reads >= before + 3 ? true : null));
      expect(runs.second).toBe(0);
      clock.advance(1);
      await until(() => (runs.second === 1 ? true : null));
      await until(() => {
        clock.advance(60); // The next period begins when the end of the first run is stored.
        return runs.second === 2 ? true : null;
      });
      await second.stop();
      expect(runs.first).toBe(1);
    });

    it('runs again after a failure, and waits for its period between two runs', async () => {
      let runs = 0;
      const work = new PeriodicWork(
        database,
        { name: 'failing', everyMs: 60_000, leaseMs: 300_000, pollMs: 5 },
        async () => {
          runs += 1;
          throw new Error('scripted');
        },
        silent,
      );
      work.start();
      const due = () => database.read<{ due_at: number }>(`SELECT due_at FROM duty WHERE name = 'failing'`);
      // The end of the run, and not the lease, determines when the next run is due.
      await until(async () => ((await due())[0]?.due_at === clock.now() + 60_000 ? true : null));
      expect(runs).toBe(1);
      clock.advance(60);
      await until(() => (runs >= 2 ? true : null));
      await work.stop();
    });
  });
});
