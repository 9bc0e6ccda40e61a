import { type Channel } from '../../recipients/channel';
import { createProviders } from '../../channels/registry';
import { DeliverySender } from '../../delivery/delivery-sender';
import { Dispatcher } from '../../delivery/dispatcher';
import { OutcomeRecorder } from '../../delivery/outcome-recorder';
import { endLeasesAtStart } from '../../delivery/queue/end-leases-at-start';
import { measureQueueDepth } from '../../delivery/queue/measure-queue-depth';
import { ReceiptFollower } from '../../delivery/receipts/receipt-poller';
import { type MessageComposer } from '../../verification/message-composer';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { type AppContext } from '../app-context';

const POLL_MS = 1_000;
const FIRST_RECEIPT_MS = 2_000;

/** Creates the providers, the queue, and the dispatcher that sends from it. */
export function assembleDelivery(
  context: AppContext,
  { vault, composer }: { vault: RecipientVault; composer: MessageComposer },
) {
  const { config, overrides, logger, database, metrics, clock } = context;
  const recipientKey = (channel: Channel, canonical: string) => vault.key({ channel, canonical });
  const providers = {
    ...createProviders(config.channels, { database, recipientKey, clock }),
    ...overrides.providers,
  };
  const { sendTimeoutMs, sendConcurrency } = config.channels;
  const firstReceiptMs = overrides.firstReceiptMs ?? FIRST_RECEIPT_MS;
  const sender = new DeliverySender({ source: composer, providers, database, logger, sendTimeoutMs });
  const recorder = new OutcomeRecorder({ database, providers, metrics, logger, firstReceiptMs });
  const dispatcherSettings = { concurrency: sendConcurrency, pollMs: overrides.dispatcherPollMs ?? POLL_MS };
  const dispatcher = new Dispatcher({ database, sender, recorder, logger, settings: dispatcherSettings });
  const wake = () => dispatcher.wake();
  const receiptTimes = { firstPauseMs: firstReceiptMs, timeoutMs: sendTimeoutMs };
  const receipts = new ReceiptFollower(database, providers, composer, wake, metrics, logger, receiptTimes);
  const depth = 'injeung_queue_depth';
  metrics.gauge(depth, 'Deliveries in the queue', async () => (await measureQueueDepth(database)).depth);
  const oldest = 'injeung_queue_oldest_seconds';
  metrics.gauge(
    oldest,
    'Age of the oldest delivery in the queue, in seconds',
    async () => (await measureQueueDepth(database)).oldestSeconds,
  );
  return { providers, dispatcher, receipts, endLeasesAtStart: () => endLeasesAtStart(database) };
}

export type Delivery = ReturnType<typeof assembleDelivery>;
