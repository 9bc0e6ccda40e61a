import { type FastifyInstance } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpServer } from './api/http-server';
import { inboxRoutes } from './api/inbox.routes';
import { operationsRoutes } from './api/operations.routes';
import { ProofResolver } from './api/proof.resolver';
import { createSchema } from './api/schema';
import { VerificationResolver } from './api/verification.resolver';
import { type Channel, type Provider } from './channels/provider.types';
import { createProviders } from './channels/registry';
import { loadTemplates } from './channels/templates';
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
    return await assemble(config, overrides, { logger, database, keyring, templates });
  } catch (error) {
    await database.close();
    throw error;
  }
}

interface Foundations {
  logger: Logger;
  database: Database;
  keyring: Keyring;
  templates: ReturnType<typeof loadTemplates>;
}

async function assemble(config: Config, overrides: Overrides, foundations: Foundations): Promise<App> {
  const { logger, database, keyring, templates } = foundations;
  const clock = overrides.clock ?? systemClock;
  const metrics = new Metrics();
  if (overrides.processMetrics) metrics.collectProcessMetrics();
  const settings = config.verification;
  const people = new People(keyring);
  const codes = new CodeBook(keyring, settings.testRecipients);
  const composer = new MessageComposer(database, people, codes, templates, settings);
  const recipientKey = (channel: Channel, canonical: string) => people.key({ channel, canonical });
  const providers = {
    ...createProviders(config.channels, { database, recipientKey, clock }),
    ...overrides.providers,
  };

  const deliveries = new DeliveryRepository(database);
  const { sendTimeoutMs, sendConcurrency } = config.channels;
  const firstReceiptMs = overrides.firstReceiptMs ?? FIRST_RECEIPT_MS;
  const attempt = new DeliveryAttempt(deliveries, providers, metrics, logger, {
    sendTimeoutMs,
    firstReceiptMs,
  });
  const dispatcher = new Dispatcher(deliveries, composer, attempt, logger, {
    concurrency: sendConcurrency,
    pollMs: overrides.dispatcherPollMs ?? POLL_MS,
  });
  const wake = () => dispatcher.wake();
  const receipts = new ReceiptFollower(deliveries, providers, composer, wake, metrics, logger, {
    firstPauseMs: firstReceiptMs,
    timeoutMs: sendTimeoutMs,
  });

  const proofs = new ProofSigner(keyring, config.proof, clock);
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
  const schema = createSchema([verificationResolver, new ProofResolver(checks, verificationResolver)]);

  let draining = false;
  const usesInbox = Object.values(providers)
    .flat()
    .some(({ name }) => name === 'inbox');
  const server = await createHttpServer({
    config,
    schema,
    logger,
    metrics,
    routes: [
      operationsRoutes({
        database,
        metrics,
        proofs,
        dispatcherWorks: () => dispatcher.working,
        draining: () => draining,
      }),
      ...(usesInbox
        ? [
            inboxRoutes({
              database,
              people,
              composer,
              smsCountries: settings.smsCountries,
              remote: config.inboxRemote,
            }),
          ]
        : []),
    ],
  });
  metrics.gauge(
    'injeung_queue_depth',
    'Deliveries in the queue',
    async () => (await deliveries.depth()).depth,
  );
  metrics.gauge(
    'injeung_queue_oldest_seconds',
    'Age of the oldest delivery in the queue',
    async () => (await deliveries.depth()).oldestSeconds,
  );
  dispatcher.start();
  receipts.start();
  const url = await listen(server, config);

  const close = async () => {
    draining = true;
    await server.close();
    await receipts.stop();
    await dispatcher.drain(DRAIN_TIMEOUT_MS);
    await Promise.all(
      Object.values(providers)
        .flat()
        .map((provider) => provider.close?.()),
    );
    await database.close();
  };
  const shutDown = async () => {
    draining = true;
    await sleep(config.shutdownDelaySeconds * 1000);
    await close();
  };
  return { url, logger, close, shutDown };
}

async function listen(server: FastifyInstance, { host, port }: Config): Promise<string> {
  return server.listen({ host, port });
}
