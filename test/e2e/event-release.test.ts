import { Client } from 'pg';
import { DIALECTS } from '../support/databases';
import { EventsApp } from '../support/events-app';
import { readRows } from '../support/read-rows';
import { until } from '../support/until';

// test/support/global-setup.ts reports which suites are skipped.
(DIALECTS.includes('postgres') ? it : it.skip)(
  'events that a node claims while it learns that the receiver is gone are released unsent, on postgres',
  async () => {
    const events = await EventsApp.start('postgres');
    events.receiver.answerNext({ status: 503 });
    const claimed = await events.requestOneEvent('claimed@example.com');
    await until(() => events.logged('could not be sent')[0] ?? null);
    await events.pass(0);
    let answer!: () => void;
    const held = new Promise<void>((resolve) => (answer = resolve));
    events.receiver.answerNext({ status: 410, beforeAnswer: () => held });
    await events.requestOneEvent('gone@example.com');
    await events.receiver.waitForCalls(2, /events/);

    const { url } = events.app.database;
    const other = new Client({ connectionString: url });
    await other.connect();
    await other.query(`SET search_path TO ${new URL(url).searchParams.get('schema')!}`);
    await other.query('BEGIN; LOCK TABLE event');
    events.clock.advance(5);
    const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE event SET lease%'
      AND pg_blocking_pids(pid) @> ARRAY[pg_backend_pid()]`;
    await until(async () => ((await other.query(waiting)).rowCount === 1 ? true : null));
    answer();
    await until(() => events.logged('410')[0] ?? null);
    await other.query('COMMIT');
    await other.end();

    await events.app.stop();
    const rows = await readRows(url, 'SELECT verification_id, attempts, lease_owner FROM event');
    expect(rows).toEqual([{ verification_id: claimed, attempts: 1, lease_owner: null }]);
    expect(events.receiver.calls).toHaveLength(2);
    await events.close();
  },
);
