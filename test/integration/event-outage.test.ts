import { sqlitePath } from '../../src/database/database-url';
import { SqliteConnection } from '../../src/database/sqlite/sqlite-driver';
import { EventsApp } from '../support/events-app';
import { FakeReceiver } from '../support/fake-receiver';
import { HAS_OWN_POSTGRES, OwnPostgres } from '../support/own-postgres';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

// test/support/find-programs.ts reports which suites are skipped.
(HAS_OWN_POSTGRES ? describe : describe.skip)('events while PostgreSQL is away', () => {
  it('are all sent, and the accepted ones are deleted when the database is back', async () => {
    const server = await OwnPostgres.start();
    const receiver = await FakeReceiver.start({ checksTime: true });
    const app = await TestApp.on(
      { url: server.url('?sslmode=disable'), drop: async () => undefined },
      { ...receiver.environment, DATABASE_CONNECT_TIMEOUT_MS: '500', DATABASE_STATEMENT_TIMEOUT_MS: '500' },
      { eventPollMs: 20 },
    );
    const cancel = async (user: number) => {
      const { id } = (await app.requestEmail(`user-${user}@example.com`)).data.requestEmailCode;
      await app.gql('mutation ($id: ID!) { cancelVerification(verificationId: $id) { id } }', { id });
      return id as string;
    };
    const metrics = async () => (await fetch(`${app.url}/metrics`)).text();
    const release = receiver.holdAnswers();
    const ids: string[] = [];
    for (let user = 0; user < 20; user++) ids.push(await cancel(user));
    await receiver.waitForCalls(16, /events/);
    server.down();
    // The receiver accepts events whose deletion cannot be recorded, and the next ones cannot be claimed.
    release();
    await until(async () => {
      const sent = [...(await metrics()).matchAll(/injeung_events_total\{.*outcome="sent"\} (\d+)/g)];
      return sent.reduce((sum, [, count]) => sum + Number(count), 0) === 16 || null;
    });
    server.up();
    await until(async () => (await metrics()).includes('injeung_events_waiting 0\n') || null);
    const canceled = receiver.events.filter(({ type }) => type === 'verification.canceled');
    expect(new Set(canceled.map(({ data }) => data.verificationId))).toEqual(new Set(ids));
    await app.close();
    await receiver.close();
    server.close();
  }, 60_000);
});

describe('events while another process locks the SQLite file', () => {
  it('are all sent, and the accepted ones are deleted when the lock is gone', async () => {
    const events = await EventsApp.start('sqlite', { DATABASE_CONNECT_TIMEOUT_MS: '100' });
    const release = events.receiver.holdAnswers();
    const first = await events.request('first@example.com');
    await events.cancel(first);
    await events.receiver.waitForCalls(2, /events/);
    const other = new SqliteConnection(sqlitePath(events.app.database.url));
    other.exec('BEGIN IMMEDIATE');
    release();
    await until(() => events.logged('the database is not available')[0] ?? null);
    other.exec('COMMIT');
    other.close();
    await events.untilStored(0);
    expect(events.eventsOf('verification.canceled').map(({ data }) => data.verificationId)).toEqual([first]);
    await events.close();
  });
});
