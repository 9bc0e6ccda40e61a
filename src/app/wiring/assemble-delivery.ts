import { type Channel } from '../../recipients/channel';
import { createProviders } from '../../channels/registry';
import { type Database } from '../../database/database';
import { DeliverySender } from '../../delivery/delivery-sender';
import { Dispatcher } from '../../delivery/dispatcher';
import { OutcomeRecorder } from '../../delivery/outcome-recorder';
import { expireLeasesAtStart } from '../../delivery/queue/expire-leases-at-start';
import { measureQueueDepth } from '../../delivery/queue/measure-queue-depth';
import { ProviderPauses } from '../../delivery/provider-pauses';
import { ReceiptPoller } from '../../delivery/receipts/receipt-poller';
import { ReceiptReporter } from '../../delivery/receipts/receipt-reporter';
import { ReceiptRecorder } from '../../delivery/receipts/receipt-recorder';
import { type Metrics } from '../../observability/metrics';
import { type MessageComposer } from '../../verification/message-composer';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { type AppContext } from '../app-context';

const POLL_MS = 1_000;
const FIRST_RECEIPT_MS = 2_000;

/** Creates the providers, the dispatcher that sends the queue's deliveries, and the poller of receipts. */
export async function assembleDelivery(
  context: AppContext,
  { vault, composer }: { vault: RecipientVault; composer: MessageComposer },
) {
  const { config, overrides, logger, database, metrics, clock, events } = context;
  const recipientKey = (channel: Channel, canonical: string) => vault.key({ channel, canonical });
  const providers = {
    ...(await createProviders(config.channels, { clock, logger, inbox: { database, recipientKey } })),
    ...overrides.providers,
  };
  const { sendTimeoutMs, sendConcurrency } = config.channels;
  const firstReceiptMs = overrides.firstReceiptMs ?? FIRST_RECEIPT_MS;
  const pauses = new ProviderPauses();
  const shared = { database, providers, source: composer, pauses, events, metrics, logger };
  const dispatcher = new Dispatcher({
    database,
    sender: new DeliverySender({ ...shared, clock, sendTimeoutMs }),
    recorder: new OutcomeRecorder({ ...shared, firstReceiptMs }),
    logger,
    settings: { concurrency: sendConcurrency, pollMs: overrides.dispatcherPollMs ?? POLL_MS },
  });
  const reporter = new ReceiptReporter(dispatcher, metrics, logger);
  const receiptRecorder = new ReceiptRecorder({ ...shared, reporter });
  const receipts = new ReceiptPoller({
    ...shared,
    recorder: receiptRecorder,
    settings: { pollMs: firstReceiptMs / 2, firstPauseMs: firstReceiptMs, timeoutMs: sendTimeoutMs },
  });
  addQueueGauges(metrics, database);
  return {
    providers,
    dispatcher,
    receipts,
    receiptRecorder,
    expireLeasesAtStart: () => expireLeasesAtStart(database),
  };
}

function addQueueGauges(metrics: Metrics, database: Database): void {
  metrics.gauge(
    'injeung_queue_depth',
    'Deliveries in the queue',
    async () => (await measureQueueDepth(database)).depth,
  );
  metrics.gauge(
    'injeung_queue_oldest_seconds',
    'Age of the oldest delivery in the queue, in seconds',
    async () => (await measureQueueDepth(database)).oldestSeconds,
  );
}

export type Delivery = Awaited<ReturnType<typeof assembleDelivery>>;
