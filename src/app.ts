import { setTimeout as sleep } from 'node:timers/promises';
import { type GraphQLSchema } from 'graphql';
import { startCountersAtZero } from './app/counters-at-zero';
import { assembleDelivery, type Delivery } from './app/assemble-delivery';
import { assembleOperators } from './app/assemble-operators';
import { assembleAdmission, assembleHumanGate, assemblePurging } from './app/assemble-upkeep';
import { assembleWebhook } from './app/assemble-webhook';
import { type Foundations, type Overrides } from './app/foundations';
import { DevelopmentPages } from './api/http/development-pages';
import { startPageRoutes } from './api/http/start-page.routes';
import { createHttpServer } from './api/http-server';
import { inboxRoutes } from './api/inbox.routes';
import { operationsRoutes } from './api/operations.routes';
import { ProofResolver } from './api/proof.resolver';
import { reportRefusals } from './api/refusal-report';
import { createSchema } from './api/schema';
import { VerificationResolver } from './api/verification.resolver';
import { loadTemplates } from './channels/templates';
import { type Config } from './config/config';
import { unknownNameMessage } from './config/unknown-names';
import { isDatabaseUnavailable } from './database/database';
import { openDatabase } from './database/open-database';
import { Keyring } from './keyring/keyring';
import { developmentSecret } from './keyring/development-secret';
import { RefusalCounter } from './operations/refusals/refusal-counter';
import { systemClock } from './shared/clock';
import { createLogger, type Logger } from './shared/logger';
import { Metrics } from './shared/metrics';
import { type Admission } from './verification/admission';
import { CodeBook } from './verification/code-book';
import { CodeCheckService } from './verification/code-check.service';
import { MessageComposer } from './verification/message-composer';
import { People } from './verification/people';
import { ProofSigner } from './verification/proof';
import { VerificationService } from './verification/verification.service';

export { type Overrides } from './app/foundations';

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

/**
 * Builds the server from its settings and starts it: the one place where instances are wired together.
 *
 * @throws Error with a message for the operator: the database, the secret or a template cannot be used.
 */
export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const logger = overrides.logger ?? createLogger(config.logLevel, isDatabaseUnavailable);
  for (const name of config.unknownNames) logger.warn(name, unknownNameMessage(name));
  const templates = loadTemplates(config.templates);
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

async function assemble(foundations: Foundations): Promise<App> {
  const { config, logger, database } = foundations;
  const domain = assembleDomain(foundations);
  const delivery = assembleDelivery(foundations, domain);
  const admission = assembleAdmission(foundations, delivery.queue);
  const refusals = new RefusalCounter(database, logger);
  const operators = assembleOperators(foundations, domain, refusals);
  const { smsCountries } = config.verification;
  let draining = false;
  const schema = createSchema(
    [...assembleResolvers(foundations, domain, delivery, admission), ...operators.resolvers],
    reportRefusals(refusals, domain.people, smsCountries),
  );
  const pages = new DevelopmentPages(config, config.inboxRemote);
  startCountersAtZero(foundations.metrics, delivery.providers, schema);
  const server = await createHttpServer({
    config,
    schema,
    logger,
    metrics: foundations.metrics,
    pages,
    routes: [
      ...assembleRoutes(foundations, domain, delivery, () => draining),
      ...assemblePages(foundations, domain, delivery, { pages, schema }),
      assembleWebhook(foundations),
    ],
  });
  await delivery.queue.reclaimAtStart();
  delivery.dispatcher.start();
  delivery.receipts.start();
  const purging = assemblePurging(foundations);
  purging.start();
  operators.start();
  admission.start();
  const url = await server.listen({ host: config.host, port: config.port });

  const close = async () => {
    draining = true;
    await server.close();
    // Together: none may use up the time that sends under way have to end.
    await Promise.all([
      operators.close(),
      purging.stop(),
      admission.stop(),
      refusals.stop(),
      delivery.receipts.stop(),
      delivery.dispatcher.drain(DRAIN_TIMEOUT_MS),
    ]);
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
  const composer = new MessageComposer(database, people, codes, templates);
  const proofs = new ProofSigner(keyring, config.proof, clock);
  return { people, codes, composer, proofs };
}

type Domain = ReturnType<typeof assembleDomain>;

function assembleResolvers(
  foundations: Foundations,
  domain: Domain,
  { dispatcher }: Delivery,
  admission: Admission,
) {
  const { config, database, metrics, clock } = foundations;
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
    admission,
    assembleHumanGate(foundations),
  );
  const checks = new CodeCheckService(database, people, codes, proofs, metrics, settings);
  const verificationResolver = new VerificationResolver(verifications, checks, settings);
  return [verificationResolver, new ProofResolver(checks, verificationResolver)];
}

function assembleRoutes(
  { database, metrics }: Foundations,
  { proofs }: Domain,
  { dispatcher }: Delivery,
  draining: () => boolean,
) {
  const dispatcherWorks = () => dispatcher.working;
  return [operationsRoutes({ database, metrics, proofs, dispatcherWorks, draining })];
}

/** The pages for development. */
function assemblePages(
  { config, database }: Foundations,
  { people, composer }: Domain,
  { providers }: Delivery,
  { pages, schema }: { pages: DevelopmentPages; schema: GraphQLSchema },
) {
  const { smsCountries } = config.verification;
  const hasInbox = Object.values(providers)
    .flat()
    .some(({ name }) => name === 'inbox');
  const routes = [];
  if (hasInbox) routes.push(inboxRoutes({ database, people, composer, smsCountries, pages }));
  if (!config.production) routes.push(startPageRoutes({ pages, schema, hasInbox }));
  return routes;
}
