import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpServer } from '../api/http/http-server';
import { loadTemplates } from '../channels/templates/load-templates';
import { type Config } from '../config/config';
import { unknownNameMessage } from '../config/unknown-names';
import { type Database } from '../database/database';
import { openDatabase } from '../database/open-database';
import { type PeriodicWork } from '../database/duties/periodic-work';
import { watchForSilence } from '../database/start-watch';
import { developmentSecret } from '../keyring/development-secret';
import { EventOutbox } from '../events/event-outbox';
import { type EventSender } from '../events/event-sender';
import { MasterSecrets } from '../keyring/master-secret';
import { Keyring } from '../keyring/keyring';
import { RefusalCounter } from '../operations/refusals/refusal-counter';
import { systemClock } from '../shared/clock';
import { reasonOf } from '../shared/errors';
import { type Logger } from '../observability/logger';
import { Metrics } from '../observability/metrics';
import { type OverloadGuard } from '../limits/overload-guard';
import { assembleApi } from './wiring/assemble-api';
import { assembleDelivery, type Delivery } from './wiring/assemble-delivery';
import { assembleEventSender } from './wiring/assemble-events';
import { assembleDomain } from './wiring/assemble-domain';
import { assembleOperators, type Operators } from './wiring/assemble-operators';
import { assembleOverloadGuard, assemblePurging } from './wiring/assemble-upkeep';
import { type AppContext, type Log, type TestOverrides } from './app-context';
import { HttpListener } from './http-listener';
import { Lifecycle } from './lifecycle';
import { SCHEMA } from './schema';
import { dependingOn } from './start-failure';

/** A running server. */
export interface App {
  /** The URL on which it listens: `http://127.0.0.1:4000`. */
  url: string;
  logger: Logger;
  /** Answers `readyz` with 503 for `shutdownDelaySeconds`, then closes as `close` does. */
  shutDown(): Promise<void>;
  /**
   * Stops listening, finishes requests and sends in progress, and closes the database. Takes at most 14
   * seconds.
   */
  close(): Promise<void>;
}

/**
 * Maximum duration of the whole stop, in milliseconds. Of the promised 15 seconds, one remains for the log
 * and the exit.
 */
const STOP_MS = 14_000;
/**
 * How long requests in progress may take before the workers stop, in milliseconds. After that, both end
 * together.
 */
const REQUESTS_MS = 2_000;
/** How long sends in progress may take to end, in milliseconds. */
const SENDS_MS = 10_000;
/** How long providers, and then the database, may take to close their connections, in milliseconds. */
const CONNECTIONS_MS = 500;
/** How long a failed start may take to stop the parts that had started, in milliseconds. */
const FAILED_START_MS = 1_000;

/**
 * Builds the server from its settings and starts it. This is the only place that wires instances together. If
 * the start fails, the parts that had started are stopped.
 *
 * @throws StartFailure or DatabaseFault, which name the setting concerned.
 * @throws TemplateFaults or WrongSecret for settings that must be corrected before another start.
 */
export async function createApp(config: Config, log: Log, overrides: TestOverrides = {}): Promise<App> {
  const { logger } = log;
  for (const name of config.unknownNames) logger.warn(name, unknownNameMessage(name));
  const lifecycle = new Lifecycle(logger);
  const started = new AbortController();
  const app = start(config, log, overrides, lifecycle);
  const watched = watchForSilence(config.databaseUrl, started.signal).then(() => app);
  try {
    return await Promise.race([app, watched]);
  } catch (error) {
    await lifecycle.stop(FAILED_START_MS);
    throw error;
  } finally {
    started.abort();
  }
}

async function start(config: Config, log: Log, overrides: TestOverrides, lifecycle: Lifecycle): Promise<App> {
  const context = await openContext(config, log, overrides, lifecycle);
  const { database, logger } = context;
  const domain = assembleDomain(context);
  const delivery = await assembleDelivery(context, domain);
  const overloadGuard = assembleOverloadGuard(context);
  const refusals = new RefusalCounter(database, logger);
  const operators = assembleOperators(context, domain, refusals);
  const purging = assemblePurging(context);
  const eventSender = assembleEventSender(context, domain);
  let draining = false;
  const api = { domain, delivery, overloadGuard, refusals, operators, draining: () => draining };
  const listener = new HttpListener(await createHttpServer(assembleApi(context, api)), config);
  const url = await startParts(lifecycle, listener, {
    delivery,
    overloadGuard,
    refusals,
    operators,
    purging,
    eventSender,
  });

  const close = () => {
    draining = true;
    return lifecycle.stop(STOP_MS);
  };
  const shutDown = async () => {
    draining = true;
    await sleep(config.shutdownDelaySeconds * 1000);
    await close();
  };
  return { url, logger, close, shutDown };
}

interface Workers {
  delivery: Delivery;
  overloadGuard: OverloadGuard;
  refusals: RefusalCounter;
  operators: Operators;
  purging: PeriodicWork;
  eventSender: EventSender;
}

/**
 * Starts the parts that use the database, in the reverse order of the stop. @returns the URL on which it
 * listens.
 */
async function startParts(lifecycle: Lifecycle, listener: HttpListener, workers: Workers): Promise<string> {
  const { providers } = workers.delivery;
  await lifecycle.start({
    name: 'providers',
    start: () => Object.values(providers).flat(),
    stop: (all) => allOf(all.map(async (provider) => provider.close?.())),
    stopWithinMs: CONNECTIONS_MS,
  });
  const url = await lifecycle.start({
    name: 'HTTP connections',
    start: () => listener.listen(),
    stop: () => listener.cutOff(),
    stopWithinMs: CONNECTIONS_MS,
  });
  // After the listener: a server that cannot listen must not claim deliveries that another one could send.
  await lifecycle.start({
    name: 'workers',
    start: () => startWorkers(workers),
    stop: () => stopWorkers(workers),
    stopWithinMs: SENDS_MS + CONNECTIONS_MS,
  });
  // The last part, so that new requests stop first. Slow requests continue until the workers have stopped.
  await lifecycle.start({
    name: 'requests under way',
    start: () => undefined,
    stop: () => listener.close(),
    stopWithinMs: REQUESTS_MS,
  });
  return url;
}

async function startWorkers({
  delivery,
  overloadGuard,
  operators,
  purging,
  eventSender,
}: Workers): Promise<void> {
  for (const provider of Object.values(delivery.providers).flat()) provider.start?.();
  const { dispatcher, receipts } = delivery;
  await dependingOn('DATABASE_URL', explainDatabase, delivery.expireLeasesAtStart);
  await dependingOn('DATABASE_URL', explainDatabase, () => eventSender.expireLeasesAtStart());
  for (const worker of [dispatcher, receipts, purging, operators, overloadGuard, eventSender]) worker.start();
}

/** Stops them at the same time, so that none of them uses up the time of sends in progress. */
function stopWorkers({
  delivery,
  overloadGuard,
  refusals,
  operators,
  purging,
  eventSender,
}: Workers): Promise<void> {
  const { dispatcher, receipts } = delivery;
  const others = [
    operators.close(),
    purging.stop(),
    overloadGuard.stop(),
    refusals.stop(),
    receipts.stop(),
    eventSender.stop(),
  ];
  return allOf([...others, dispatcher.drain(SENDS_MS)]);
}

async function openContext(
  config: Config,
  log: Log,
  overrides: TestOverrides,
  lifecycle: Lifecycle,
): Promise<AppContext> {
  const templates = loadTemplates(config.templates);
  for (const { message, ...about } of templates.notices) log.logger.info(about, message);
  const database = await lifecycle.start({
    name: 'database',
    start: () =>
      dependingOn('DATABASE_URL', explainDatabase, () =>
        openDatabase(config.databaseUrl, SCHEMA, { pool: config.pool, testClock: overrides.clock }),
      ),
    stop: (opened) => opened.close(),
    stopWithinMs: 2 * CONNECTIONS_MS,
  });
  const keyring = await openKeyring(config, database, overrides);
  const clock = overrides.clock ?? systemClock;
  const metrics = new Metrics();
  metrics.lostLogLines(() => log.linesLost);
  if (overrides.processMetrics) metrics.collectProcessMetrics();
  const events = new EventOutbox(config.events.url !== null);
  return { config, overrides, logger: log.logger, clock, metrics, database, keyring, templates, events };
}

async function openKeyring(
  { secrets, databaseUrl }: Config,
  database: Database,
  { masterSecrets = (list) => new MasterSecrets(list) }: TestOverrides,
): Promise<Keyring> {
  const explainSecret = (error: unknown) =>
    `the generated secret beside the database cannot be read or created (${reasonOf(error)}); set INJEUNG_SECRET`;
  const known = await dependingOn(
    'INJEUNG_SECRET',
    explainSecret,
    () => secrets ?? [developmentSecret(databaseUrl)],
  );
  return dependingOn('DATABASE_URL', explainDatabase, () => Keyring.open(database, masterSecrets(known)));
}

function explainDatabase(error: unknown): string {
  return `the database cannot be used: ${reasonOf(error)}`;
}

/** Waits for all of them, and then throws the first error. */
async function allOf(steps: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(steps)) if (result.status === 'rejected') throw result.reason;
}
