import { pino } from 'pino';
import { AuditLog } from '../../src/audit/audit-log';
import { type Database } from '../../src/database/database';
import { EventOutbox } from '../../src/events/event-outbox';
import { EventSender } from '../../src/events/event-sender';
import { Keyring } from '../../src/keyring/keyring';
import { MasterSecrets } from '../../src/keyring/master-secret';
import { Metrics } from '../../src/observability/metrics';
import { Suppressions } from '../../src/operations/suppression/suppressions';
import { type Recipient } from '../../src/recipients/recipient';
import { RecipientVault } from '../../src/recipients/recipient-vault';
import { systemClock } from '../../src/shared/clock';
import { createDatabase, DIALECTS, openDatabase, type TestDatabase } from '../support/databases';
import { EVENTS_SECRET, FakeReceiver } from '../support/fake-receiver';
import { until } from '../support/until';

const toRecipient = (canonical: string): Recipient => ({ channel: 'EMAIL', canonical });

/** Keeps the rows of claims back after they are stored, as a slow network to the database does. */
class SlowClaims {
  readonly database: Database;
  private held: Promise<void> | null = null;
  private report: () => void = () => undefined;

  constructor(database: Database) {
    const write: Database['write'] = async (sql, params) => {
      const rows = await database.write<any>(sql, params);
      if (this.held === null || !sql.startsWith('UPDATE event SET lease_owner = $1') || rows.length === 0)
        return rows;
      this.report();
      await this.held;
      return rows;
    };
    this.database = new Proxy(database, {
      get: (target, name) => (name === 'write' ? write : Reflect.get(target, name, target)),
    });
  }

  /** Keeps back the next claim that finds events. */
  hold(): { claimed: Promise<void>; release: () => void } {
    let release!: () => void;
    this.held = new Promise((resolve) => (release = resolve));
    return { claimed: new Promise((resolve) => (this.report = resolve)), release };
  }
}

describe.each(DIALECTS)('events that were claimed and not sent, on %s', (dialect) => {
  let own: TestDatabase;
  let database: Database;
  let vault: RecipientVault;
  let receiver: FakeReceiver;
  let sender: EventSender;

  beforeEach(async () => {
    own = await createDatabase(dialect);
    database = await openDatabase(own.url);
    vault = new RecipientVault(await Keyring.open(database, new MasterSecrets(['a secret of this test'])));
    receiver = await FakeReceiver.start();
  });
  afterEach(async () => {
    await sender.stop();
    await receiver.close();
    await database.close();
    await own.drop();
  });

  const startSender = (through: Database) => {
    sender = new EventSender({
      database: through,
      vault,
      clock: systemClock,
      metrics: new Metrics(),
      logger: pino({ level: 'silent' }),
      settings: { url: `${receiver.url}/events`, secrets: [EVENTS_SECRET], pollMs: 10 },
    });
    sender.start();
  };

  /** Stores one event for each address in a single transaction, so that one claim finds all of them. */
  const store = async (...addresses: string[]) => {
    const deps = { database, vault, audit: new AuditLog(database), providerList: null };
    const suppressions = new Suppressions({ ...deps, events: new EventOutbox(false) });
    for (const address of addresses)
      await suppressions.suppressByOperator(toRecipient(address), null, { actor: 'test' });
    const outbox = new EventOutbox(true);
    await database.transaction(function* () {
      for (const address of addresses)
        yield* outbox.storeSuppression(vault.key(toRecipient(address)), null, 0);
    });
  };
  const stored = () =>
    database.read<{ attempts: number; lease_owner: string | null; due: number }>(
      'SELECT attempts, lease_owner, due_at - now_ms() AS due FROM event',
    );
  const RELEASED = Array(2).fill({ attempts: 0, lease_owner: null, due: expect.any(Number) });

  const expectReleased = async () => {
    const rows = await stored();
    expect(rows).toEqual(RELEASED);
    expect(rows.every(({ due }) => due <= 0)).toBe(true);
  };

  it('are due at once when another event has been answered with 410 meanwhile, and the next start sends them', async () => {
    let answer!: () => void;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    receiver.answerNext({ status: 410, beforeAnswer: () => answered });
    await store('gone@example.com');
    const claims = new SlowClaims(database);
    startSender(claims.database);
    await receiver.waitForCalls(1, /events/);
    const { claimed, release } = claims.hold();
    await store('one@example.com', 'two@example.com');
    await claimed;
    answer();
    // The event is dropped after the sender knows that the receiver is gone.
    await until(async () => (await stored()).length === 2 || null);
    release();
    await until(async () => (await stored()).every(({ lease_owner }) => lease_owner === null) || null);
    await expectReleased();
    expect(receiver.calls).toHaveLength(1);
    await sender.stop();

    startSender(database);
    await receiver.waitForEvents(2);
    await sender.stop();
    expect(await stored()).toEqual([]);
  });

  it('are due at once when the server stops meanwhile', async () => {
    const claims = new SlowClaims(database);
    const { claimed, release } = claims.hold();
    await store('one@example.com', 'two@example.com');
    startSender(claims.database);
    await claimed;
    const stopped = sender.stop();
    release();
    await stopped;
    await expectReleased();
    expect(receiver.calls).toEqual([]);
  });
});
