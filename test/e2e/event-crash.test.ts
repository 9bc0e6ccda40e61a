import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, DIALECTS, type TestDatabase } from '../support/databases';
import { FakeReceiver } from '../support/fake-receiver';
import { executeSql, readRows } from '../support/read-rows';
import { buildProgram, ServerProcess } from '../support/server-process';
import { type InboxMessage } from '../support/test-app';
import { until } from '../support/until';

/** The contract allows 15 seconds for a stop. The rest is a margin for a slow machine. */
const LIMIT_MS = 20_000;

beforeAll(buildProgram, 180_000);

describe.each(DIALECTS)('events when their server is killed or stopped, on %s', (dialect) => {
  let receiver: FakeReceiver;
  let database: TestDatabase;
  let cwd: string;
  let server: ServerProcess;
  beforeEach(async () => {
    receiver = await FakeReceiver.start({ checksTime: true });
    database = await createDatabase(dialect);
    cwd = mkdtempSync(join(tmpdir(), 'injeung-'));
    server = await start();
  });
  afterEach(async () => {
    server.kill();
    await receiver.close();
    await database.drop();
    rmSync(cwd, { recursive: true, force: true });
  });

  const start = () =>
    ServerProcess.start({ cwd, env: { DATABASE_URL: database.url, ...receiver.environment } });
  const stored = () => readRows<{ id: string }>(database.url, 'SELECT id FROM event ORDER BY id');
  const untilStored = (count: number) =>
    until(async () => {
      const rows = await stored();
      return rows.length === count ? rows.map(({ id }) => id) : null;
    });
  const receivedIds = () => receiver.events.map(({ id }) => id).sort();

  /** Makes every statement of this kind about an event fail, until `allow` is called. */
  async function refuse(kind: 'UPDATE' | 'DELETE'): Promise<void> {
    const sqlite = `CREATE TRIGGER refused BEFORE ${kind} ON event BEGIN SELECT RAISE(ABORT, 'refused'); END`;
    const postgres = `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
      CREATE TRIGGER refused BEFORE ${kind} ON event FOR EACH ROW EXECUTE FUNCTION refuse()`;
    await executeSql(database.url, dialect === 'sqlite' ? sqlite : postgres);
  }

  /** Also lets leases expire and pauses end, instead of waiting for them. */
  async function allow(): Promise<void> {
    await executeSql(database.url, `DROP TRIGGER refused ${dialect === 'sqlite' ? '' : 'ON event'}`);
    await endWaits();
  }
  const endWaits = () => executeSql(database.url, 'UPDATE event SET due_at = 0');

  /** Requests a code and verifies it: three events. */
  async function verify(): Promise<void> {
    const request = 'mutation { requestEmailCode(input: { email: "user@example.com" }) { id } }';
    const { id } = (await server.gql(request)).data.requestEmailCode;
    const [message] = await until(async () => {
      const messages = JSON.parse(await server.text('/inbox/messages')) as InboxMessage[];
      return messages.length > 0 ? messages : null;
    });
    const input = `{ verificationId: "${id}", code: "${message!.code}" }`;
    const { data } = await server.gql(`mutation { verifyCode(input: ${input}) { verified } }`);
    expect(data.verifyCode).toEqual({ verified: true });
  }

  it('arrive after a kill between the commit that decided them and their first send', async () => {
    await refuse('UPDATE'); // No event can be claimed.
    await verify();
    const ids = await untilStored(3);
    server.kill();
    expect(receiver.calls).toEqual([]);
    await allow();
    server = await start();
    await untilStored(0);
    expect(receivedIds()).toEqual(ids);
  });

  it('arrive again with the same id after a kill between the answer of the receiver and their deletion', async () => {
    await refuse('DELETE');
    await verify();
    const ids = await untilStored(3);
    await receiver.waitForEvents(3);
    await until(async () => {
      const metrics = await server.text('/metrics');
      return /injeung_events_total\{type="verification.verified",outcome="sent"\} 1\n/.test(metrics) || null;
    });
    server.kill();
    await allow();
    server = await start();
    await untilStored(0);
    expect(receivedIds()).toEqual([...ids, ...ids].sort());
  });

  it('delay a stop until the time limit of the receiver at most, and arrive after the next start', async () => {
    receiver.answerAlways({ delayMs: 120_000 });
    await verify();
    await receiver.waitForCalls(3, /events/);
    server.signal('SIGTERM');
    expect(await server.endsWithin(LIMIT_MS)).toMatchObject({ status: 0 });
    receiver.answerAlways(null);
    const ids = await untilStored(3);
    await endWaits();
    server = await start();
    await untilStored(0);
    expect(receivedIds()).toEqual(ids);
  }, 60_000);
});
