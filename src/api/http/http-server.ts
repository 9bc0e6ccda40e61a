import { type GraphQLSchema } from 'graphql';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { type Config } from '../../config/config';
import { DatabaseUnavailable } from '../../database/database-errors';
import { type Logger } from '../../observability/logger';
import { type Metrics } from '../../observability/metrics';
import { AccessKeys } from '../graphql/guards/access-keys';
import { createApolloServer } from '../graphql/apollo-server';
import { createContext, type KeyHolder } from '../graphql/context';
import { allowOrigins } from './cors';
import { type DevelopmentPages } from '../pages/development-pages';
import { readPage } from '../pages/web-pages';
import { watchForwarding } from './forwarding';
import { GRAPHQL_PATH, graphqlRoutes } from './graphql.routes';
import { requireValidHost } from './host-header';
import { type OperationOutcome } from '../graphql/operation-outcome.types';

declare module 'fastify' {
  interface FastifyRequest {
    /** The key of a GraphQL request; null for other requests. */
    keyHolder: KeyHolder | null;
    /** The outcome of each operation of a GraphQL request; null for other requests. */
    outcomes: OperationOutcome[] | null;
  }
}

export interface HttpServerParts {
  config: Config;
  schema: GraphQLSchema;
  logger: Logger;
  metrics: Metrics;
  /** Decides who may see the explorer. */
  pages: DevelopmentPages;
  /** The routes besides GraphQL. */
  routes: readonly ((server: FastifyInstance) => void)[];
}

const MAX_BODY_BYTES = 100 * 1024;
/** Headers are small, so a client that needs longer than this to send them is disconnected, in milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;
/**
 * How often the server looks for slow requests, in milliseconds. With Node's default of 30 seconds they could
 * take twice their time.
 */
const SLOW_CHECK_MS = 1_000;

/** The policy of every answer that is not a page. */
const STRICT_CSP = "default-src 'none'; frame-ancestors 'none'";

/**
 * Builds the HTTP server: GraphQL, the other routes, and the headers of every answer. It does not listen yet.
 */
export async function createHttpServer(parts: HttpServerParts): Promise<FastifyInstance> {
  const { config, logger } = parts;
  const server = fastify({
    loggerInstance: logger,
    // The hook below logs one line per request, without the query string, which may contain secrets.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: config.requestTimeoutMs,
    http: {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, config.requestTimeoutMs),
      connectionsCheckingInterval: Math.min(SLOW_CHECK_MS, config.requestTimeoutMs / 2),
      // Node would answer without a body. requireValidHost answers with a message.
      requireHostHeader: false,
    },
    trustProxy: trustedProxies(config.trustProxy),
    genReqId: () => crypto.randomUUID(),
    forceCloseConnections: 'idle',
    // A path that cannot be decoded does not reach the hooks.
    frameworkErrors: (error, request, reply) => {
      void setHeaders(request, reply)
        .status(error.statusCode ?? 400)
        .send({ message: 'Bad Request' });
    },
  }) as unknown as FastifyInstance;
  // Without a limit, idle clients could use up all file handles of the process, which then could not open the
  // database either.
  server.server.maxConnections = config.maxConnections;
  addHeaders(server);
  maskErrors(server);
  requireValidHost(server);
  const { ipHourly } = config.verification.sharedLimits;
  // The back end of an application passes the addresses of its users itself.
  if (ipHourly > 0 && config.appKeys.length === 0)
    watchForwarding(server, { metrics: parts.metrics, logger, ipHourlyLimit: ipHourly });
  await allowOrigins(server, config);
  await addGraphQL(server, parts);
  for (const addRoutes of parts.routes) addRoutes(server);
  return server;
}

async function addGraphQL(server: FastifyInstance, parts: HttpServerParts): Promise<void> {
  const { config, schema, metrics, pages } = parts;
  const apollo = createApolloServer(schema, {
    production: config.production,
    metrics,
    explorer: config.production ? null : () => readPage('explorer'),
  });
  await apollo.start();
  server.decorateRequest('keyHolder', null);
  server.decorateRequest('outcomes', null);
  const adminKeys = new AccessKeys(config.adminKeys);
  const appKeys = new AccessKeys(config.appKeys);
  const contextOf = (request: FastifyRequest) => {
    const caller = {
      id: request.id,
      ip: request.ip,
      secure: request.protocol === 'https',
      log: request.log as Logger,
      authorization: request.headers.authorization,
    };
    const context = createContext(caller, adminKeys, appKeys);
    request.keyHolder = context.holder;
    request.outcomes = context.outcomes;
    metrics.graphqlRequests.inc({ kind: context.holder.kind, key: context.holder.fingerprint });
    return context;
  };
  graphqlRoutes({ apollo, createContext: contextOf, refusalOfPages: pages.refusal })(server);
}

/** proxy-addr counts hops from this server outwards; the peer of the socket is 0. */
function trustedProxies(
  setting: Config['trustProxy'],
): false | string[] | ((address: string, hop: number) => boolean) {
  return typeof setting === 'number' ? (_address, hop) => hop < setting : setting;
}

function addHeaders(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply) => {
    setHeaders(request, reply);
  });
  server.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const details = {
      method,
      route: routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      key: request.keyHolder ? keyName(request.keyHolder) : undefined,
      operations: request.outcomes ?? undefined,
    };
    if (routeOptions.url === GRAPHQL_PATH) request.log.info(details, 'request');
    else request.log.debug(details, 'request');
  });
}

/** A client receives Fastify's message about its request. Errors of the server are only logged. */
function maskErrors(server: FastifyInstance): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    if ((error.statusCode ?? 500) < 500) return reply.send(error);
    const away = error instanceof DatabaseUnavailable;
    const { url: route } = request.routeOptions;
    request.log.error({ err: error, route }, `the route ${route}`);
    return reply
      .status(away ? 503 : 500)
      .send({ message: away ? 'Service Unavailable' : 'Internal Server Error' });
  });
}

/** Sets the headers of every answer. */
function setHeaders(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('x-request-id', request.id);
  reply.header('x-content-type-options', 'nosniff');
  reply.header('referrer-policy', 'no-referrer');
  reply.header('x-frame-options', 'DENY');
  // Otherwise a proxy or the history of a browser could store recipients and proofs.
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', STRICT_CSP);
  return reply;
}

/**
 * Identifies the key without revealing it: `app:5feceb66ffc8`, `admin:deploy` (a key with a name), `none` or
 * `unknown`.
 */
function keyName({ kind, name, fingerprint }: KeyHolder): string {
  return fingerprint === '' ? kind : `${kind}:${name ?? fingerprint}`;
}
