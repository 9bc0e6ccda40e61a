import { pino } from 'pino';
import { DeliveryError, type OutgoingMessage, type Provider } from '../../src/channels/provider.types';
import { type Database } from '../../src/database/database';
import { DeliverySender } from '../../src/delivery/delivery-sender';
import { Dispatcher } from '../../src/delivery/dispatcher';
import { OutcomeRecorder } from '../../src/delivery/outcome-recorder';
import { ProviderPauses } from '../../src/delivery/provider-pauses';
import { insertDelivery } from '../../src/delivery/queue/insert-delivery';
import { EventOutbox } from '../../src/events/event-outbox';
import { Metrics } from '../../src/observability/metrics';
import { systemClock } from '../../src/shared/clock';
import { createDatabase, DIALECTS, openDatabase, type TestDatabase } from '../support/databases';
import { outgoingMessage } from '../support/outgoing-message';
import { until } from '../support/until';

const logger = pino({ level: 'silent' });
const source = { message: jest.fn<Promise<OutgoingMessage | 'NO_LONGER_NEEDED'>, []>() };
const noMessage = (): never => {
  throw new Error('a delivery was sent that must not be');
};

describe.each(DIALECTS)('dispatcher, on %s', (dialect) => {
  let own: TestDatabase;
  let database: Database;
  let providers: { EMAIL: Provider[]; SMS: Provider[] };
  let dispatcher: Dispatcher;

  beforeEach(async () => {
    providers = { EMAIL: [], SMS: [] };
    source.message.mockResolvedValue('NO_LONGER_NEEDED');
    own = await createDatabase(dialect);
    database = await openDatabase(own.url);
    const shared = {
      database,
      providers,
      logger,
      pauses: new ProviderPauses(),
      events: new EventOutbox(false),
    };
    const sender = new DeliverySender({ ...shared, source, clock: systemClock, sendTimeoutMs: 1_000 });
    const recorder = new OutcomeRecorder({ ...shared, metrics: new Metrics(), firstReceiptMs: 1_000 });
    const settings = { concurrency: 4, pollMs: 1_000 };
    dispatcher = new Dispatcher({ database, sender, recorder, logger, settings });
  });
  afterEach(async () => {
    await database.close();
    await own.drop();
  });

  async function store(id: string, lease: string | null): Promise<void> {
    await database.write(
      `INSERT INTO verification (id, channel, purpose, locale, recipient_sealed, recipient_key, status,
         attempts_remaining, created_at, expires_at)
       VALUES ($1, 'EMAIL', 'sign-up', 'ko', '', $1, 'PENDING', 5, now_ms(), now_ms() + 60000)`,
      [id],
    );
    const delivery = {
      id,
      verificationId: id,
      channel: 'EMAIL',
      lifeMs: 60_000,
      lease,
      startsAfter: null,
    } as const;
    const { sql, params } = insertDelivery({ ...delivery, status: 'QUEUED' });
    await database.write(sql, params);
  }

  async function stored(id: string): Promise<{ status: string; lease: string | null }> {
    const [row] = await database.read<{ status: string; lease: string | null }>(
      'SELECT status, lease_owner AS lease FROM delivery WHERE id = $1',
      [id],
    );
    return row!;
  }

  it('returns no lease before its start and after its stop', async () => {
    expect(dispatcher.createLease()).toBeNull();
    dispatcher.start();
    expect(dispatcher.createLease()).toEqual(expect.any(String));
    await dispatcher.drain(1_000);
    expect(dispatcher.createLease()).toBeNull();
  });

  it('claims a delivery that was stored without a lease before its start', async () => {
    await store('waiting', null);
    dispatcher.start();
    await until(async () => (await stored('waiting')).status === 'FAILED' || null);
    await dispatcher.drain(1_000);
  });

  it('releases a delivery whose request was accepted while it stops', async () => {
    dispatcher.start();
    const lease = dispatcher.createLease()!;
    await store('late', lease);
    await dispatcher.drain(1_000);
    dispatcher.dispatch(
      { id: 'late', verificationId: 'late', channel: 'EMAIL', lease, startsAfter: null },
      noMessage,
    );
    expect(await until(async () => ((await stored('late')).lease === null ? 'released' : null))).toBe(
      'released',
    );
  });

  it('sends a delivery that its own claims return while its failed send is being recorded', async () => {
    let waking = true;
    const wakeEachTurn = () => {
      dispatcher.wake();
      if (waking) setImmediate(wakeEachTurn);
    };
    const failing = async () => {
      setImmediate(wakeEachTurn);
      throw new DeliveryError('retryable', 'busy');
    };
    const accepting = async () => ({ providerMessageId: 'accepted' });
    providers.EMAIL.push(
      { name: 'failing', channel: 'EMAIL', send: failing },
      { name: 'accepting', channel: 'EMAIL', send: accepting },
    );
    dispatcher.start();
    const lease = dispatcher.createLease()!;
    await store('retried', lease);
    const message = outgoingMessage({ deliveryId: 'retried', to: 'user@example.com' });
    source.message.mockResolvedValue(message);
    dispatcher.dispatch(
      { id: 'retried', verificationId: 'retried', channel: 'EMAIL', lease, startsAfter: null },
      () => message,
    );
    try {
      await until(async () => (await stored('retried')).status === 'SENT' || null);
    } finally {
      waking = false;
      await dispatcher.drain(1_000);
    }
  });
});
