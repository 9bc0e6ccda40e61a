import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpServer } from './api/http-server';
import { inboxRoutes } from './api/inbox.routes';
import { operationsRoutes } from './api/operations.routes';
import { ProofResolver } from './api/proof.resolver';
import { createSchema } from './api/schema';
import { VerificationResolver } from './api/verification.resolver';
import { type Channel, type Provider } from './channels/provider.types';
import { createProviders } from './channels/registry';
import { loadTemplates, type Templates } from './channels/templates';
import { type Config } from './config/config';
import { type Database } from './database/database';
import { openDatabase } from './database/open-database';
import { DeliveryAttempt } from './delivery/delivery-attempt';
import { DeliveryRepository } from './delivery/delivery.repository';
import { Dispatcher } from './delivery/dispatcher';
import { ReceiptFollower } from './delivery/receipts';
import { Keyring } from './keyring/keyring';
import { developmentSecret } from './keyring/development-secret';
import { type Clock, systemClock } from './shared/clock';
import { createLogger, type Logger } from './shared/logger';
import { Metrics } from './shared/metrics';
import { CodeBook } from './verification/code-book';
import { CodeCheckService } from './verification/code-check.service';
import { MessageComposer } from './verification/message-composer';
import { People } from './verification/people';
import { ProofSigner } from './verification/proof';
import { VerificationService } from './verification/verification.service';

/** What tests replace; everything else is as in production. */
export interface Overrides {
  /** Stands in for the database's clock too. */
  clock?: Clock;
  logger?: Logger;
  /** Replaces the providers that the settings name. */
  providers?: Partial<Record<Channel, readonly Provider[]>>;
  dispatcherPollMs?: number;
  firstReceiptMs?: number;
  /** Memory, event loop and the like in `/metrics`: for the server alone, since collecting them costs a timer. */
  processMetrics?: boolean;
}

/** A running server. */
export interface App {
  /** Where it listens: `http://127.0.0.1:4000`. */
  url: string;
  logger: Logger;
  /** Answers `readyz` with 503 for `shutdownDelaySeconds`, then closes as `close` does. */
  shutDown(): Promise<void>;
  /** Stops listening, lets sends under way end (10 s at most), and closes the database. */
  close(): Promise<void>;
}

const DRAIN_TIMEOUT_MS = 10_000;
const POLL_MS = 1_000;
const FIRST_RECEIPT_MS = 2_000;

/**
 * Builds the server from its settings and starts it: the one place where instances are wired together.
 *
 * @throws Error with a message for the operator: the database, the secret or a template cannot be used.
 */
export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const logger = overrides.logger ?? createLogger(config.logLevel);
  const templates = loadTemplates({
    dir: config.channels.templatesDir,
    brandName: config.channels.brandName,
    webOtpDomain: config.channels.webOtpDomain,
    allowLms: config.channels.allowLms,
    smsCodeLength: config.verification.codes.SMS.length,
  });
  const database = await openDatabase(config.databaseUrl, { pool: config.pool, testClock: overrides.clock });
  try {
    const keyring = await Keyring.open(database, config.secrets ?? [developmentSecret(config.databaseUrl)]);
    const clock = overrides.clock ?? systemClock;
    const metrics = new Metrics();
    if (overrides.processMetrics) metrics.collectProcessMetrics();
    return await assemble({ config, overrides, logger, clock, metrics, database, keyring, templates });
  } catch (error) {
    await database.close();
    throw error;
  }
}

interface Foundations {
  config: Config;
  overrides: Overrides;
  logger: Logger;
  clock: Clock;
  metrics: Metrics;
  database: Database;
  keyring: Keyring;
  templates: Templates;
}

async function assemble(foundations: Foundations): Promise<App> {
  const { config, logger, database } = foundations;
  const domain = assembleDomain(foundations);
  const delivery = assembleDelivery(foundations, domain);
  let draining = false;
  const server = await createHttpServer({
    config,
    schema: assembleSchema(foundations, domain, delivery),
    logger,
    metrics: foundations.metrics,
    routes: assembleRoutes(foundations, domain, delivery, () => draining),
  });
  await delivery.queue.reclaimAtStart();
  delivery.dispatcher.start();
  delivery.receipts.start();
  const url = await server.listen({ host: config.host, port: config.port });

  const close = async () => {
    draining = true;
    await server.close();
    await delivery.receipts.stop();
    await delivery.dispatcher.drain(DRAIN_TIMEOUT_MS);
    for (const provider of Object.values(delivery.providers).flat()) await provider.close?.();
    await database.close();
  };
  const shutDown = async () => {
    draining = true;
    await sleep(config.shutdownDelaySeconds * 1000);
    await close();
  };
  return { url, logger, close, shutDown };
}

function assembleDomain({ config, database, keyring, templates, clock }: Foundations) {
  const settings = config.verification;
  const people = new People(keyring);
  const codes = new CodeBook(keyring, settings.testRecipients);
  const composer = new MessageComposer(database, people, codes, templates, settings);
  const proofs = new ProofSigner(keyring, config.proof, clock);
  return { people, codes, composer, proofs };
}

type Domain = ReturnType<typeof assembleDomain>;

function assembleDelivery(foundations: Foundations, { people, composer }: Domain) {
  const { config, overrides, logger, database, metrics, clock } = foundations;
  const recipientKey = (channel: Channel, canonical: string) => people.key({ channel, canonical });
  const providers = {
    ...createProviders(config.channels, { database, recipientKey, clock }),
    ...overrides.providers,
  };
  const queue = new DeliveryRepository(database);
  const { sendTimeoutMs, sendConcurrency } = config.channels;
  const firstReceiptMs = overrides.firstReceiptMs ?? FIRST_RECEIPT_MS;
  const attempt = new DeliveryAttempt(queue, providers, metrics, logger, { sendTimeoutMs, firstReceiptMs });
  const dispatcher = new Dispatcher(queue, composer, attempt, logger, {
    concurrency: sendConcurrency,
    pollMs: overrides.dispatcherPollMs ?? POLL_MS,
  });
  const wake = () => dispatcher.wake();
  const receiptTimes = { firstPauseMs: firstReceiptMs, timeoutMs: sendTimeoutMs };
  const receipts = new ReceiptFollower(queue, providers, composer, wake, metrics, logger, receiptTimes);
  const depth = 'injeung_queue_depth';
  metrics.gauge(depth, 'Deliveries in the queue', async () => (await queue.depth()).depth);
  const oldest = 'injeung_queue_oldest_seconds';
  metrics.gauge(
    oldest,
    'Age of the oldest delivery in the queue',
    async () => (await queue.depth()).oldestSeconds,
  );
  return { queue, providers, dispatcher, receipts };
}

type Delivery = ReturnType<typeof assembleDelivery>;

function assembleSchema(
  { config, database, metrics, clock }: Foundations,
  domain: Domain,
  { dispatcher }: Delivery,
) {
  const { people, codes, composer, proofs } = domain;
  const settings = config.verification;
  const verifications = new VerificationService(
    database,
    people,
    codes,
    composer,
    dispatcher,
    metrics,
    clock,
    settings,
  );
  const checks = new CodeCheckService(database, people, codes, proofs, metrics, settings);
  const verificationResolver = new VerificationResolver(verifications, checks, settings);
  return createSchema([verificationResolver, new ProofResolver(checks, verificationResolver)]);
}

function assembleRoutes(
  { config, database, metrics }: Foundations,
  { people, composer, proofs }: Domain,
  { providers, dispatcher }: Delivery,
  draining: () => boolean,
) {
  const dispatcherWorks = () => dispatcher.working;
  const routes = [operationsRoutes({ database, metrics, proofs, dispatcherWorks, draining })];
  const usesInbox = Object.values(providers)
    .flat()
    .some(({ name }) => name === 'inbox');
  const { smsCountries } = config.verification;
  if (usesInbox)
    routes.push(inboxRoutes({ database, people, composer, smsCountries, remote: config.inboxRemote }));
  return routes;
}
