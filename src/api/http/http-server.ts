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
import { type DevelopmentPages } from './development-pages';
import { watchForwarding } from './forwarding';
import { GRAPHQL_PATH, graphqlRoutes } from './graphql.routes';
import { requireValidHost } from './host-header';
import { type OperationOutcome } from '../graphql/operation-outcome.types';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key a GraphQL request came with; null elsewhere. */
    keyHolder: KeyHolder | null;
    /** What came of each operation of a GraphQL request; null elsewhere. */
    outcomes: OperationOutcome[] | null;
  }
}

export interface HttpServerParts {
  config: Config;
  schema: GraphQLSchema;
  logger: Logger;
  metrics: Metrics;
  /** Who may see the Sandbox. */
  pages: DevelopmentPages;
  /** Routes beside GraphQL. */
  routes: readonly ((server: FastifyInstance) => void)[];
}

const MAX_BODY_BYTES = 100 * 1024;
/** Headers are small: who needs longer than this for them is cut off, in milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How often slow requests are looked for, in milliseconds; Node's own 30 seconds would double their time. */
const SLOW_CHECK_MS = 1_000;

// Apollo's page loads the Sandbox from Apollo's own hosts and has inline scripts; nothing else here has either.
const SANDBOX_CSP =
  "default-src 'self'; script-src 'self' 'unsafe-inline' https://*.apollographql.com; style-src 'self' 'unsafe-inline' https://*.apollographql.com https://fonts.googleapis.com; font-src https://*; img-src 'self' data: https://*.apollographql.com; connect-src 'self' https://*.apollographql.com; frame-src https://*.apollographql.com; manifest-src https://*.apollographql.com";
const STRICT_CSP = "default-src 'none'; frame-ancestors 'none'";

/** Builds the HTTP server: GraphQL, the routes beside it, and what every answer carries. It does not listen yet. */
export async function createHttpServer(parts: HttpServerParts): Promise<FastifyInstance> {
  const { config, logger } = parts;
  const server = fastify({
    loggerInstance: logger,
    // The hook below logs one line a request, without what a query string may hold.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: config.requestTimeoutMs,
    http: {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, config.requestTimeoutMs),
      connectionsCheckingInterval: Math.min(SLOW_CHECK_MS, config.requestTimeoutMs / 2),
      // Node would answer without a body; requireValidHost says what is missing.
      requireHostHeader: false,
    },
    trustProxy: trustedProxies(config.trustProxy),
    genReqId: () => crypto.randomUUID(),
    forceCloseConnections: 'idle',
    // A path that cannot be read never gets to the hooks.
    frameworkErrors: (error, request, reply) => {
      void setHeaders(request, reply)
        .status(error.statusCode ?? 400)
        .send({ message: 'Bad Request' });
    },
  }) as unknown as FastifyInstance;
  // Without a bound, idle clients use up the process's file handles, and then the database cannot be reached either.
  server.server.maxConnections = config.maxConnections;
  addHeaders(server);
  maskErrors(server);
  requireValidHost(server);
  const { ipHourly } = config.verification.crowds;
  // An application's back end passes on its users' addresses itself.
  if (ipHourly > 0 && config.appKeys.length === 0)
    watchForwarding(server, { metrics: parts.metrics, logger, ipHourlyLimit: ipHourly });
  await allowOrigins(server, config);
  await addGraphQL(server, parts);
  for (const addRoutes of parts.routes) addRoutes(server);
  return server;
}

async function addGraphQL(server: FastifyInstance, parts: HttpServerParts): Promise<void> {
  const { config, schema, metrics, pages } = parts;
  const apollo = createApolloServer(schema, { production: config.production, metrics });
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

/** proxy-addr counts hops from this server outwards, beginning with 0 for the peer of the socket. */
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

/** Fastify says of a request what is wrong with it; what is wrong with the server is for its log alone. */
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

/** What every answer carries, whatever it is. */
function setHeaders(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('x-request-id', request.id);
  reply.header('x-content-type-options', 'nosniff');
  reply.header('referrer-policy', 'no-referrer');
  reply.header('x-frame-options', 'DENY');
  // A proxy, or a browser's history, would keep recipients and proofs.
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  if (reply.hasHeader('content-security-policy')) return reply;
  const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
  return reply.header('content-security-policy', isPage ? SANDBOX_CSP : STRICT_CSP);
}

/** `app:5feceb66ffc8`, `admin:deploy` (a key with a name), `none` or `unknown`: which of the keys, never the key. */
function keyName({ kind, name, fingerprint }: KeyHolder): string {
  return fingerprint === '' ? kind : `${kind}:${name ?? fingerprint}`;
}
