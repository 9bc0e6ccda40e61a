import { type FastifyInstance } from 'fastify';
import { type Database } from '../../database/database';
import { Readiness } from '../../database/readiness';
import { type Metrics } from '../../observability/metrics';
import { type ProofSigner } from '../../verification/proof/proof-signer';
import { JWKS_MAX_AGE_SECONDS } from '../../verification/proof/proof-key-rotation';
import { raceTimeout } from '../../shared/race-timeout';

export interface OperationsParts {
  database: Database;
  metrics: Metrics;
  proofs: ProofSigner;
  /** Whether the dispatcher is working. */
  dispatcherWorks: () => boolean;
  draining: () => boolean;
}

/** How long a readiness probe waits for the database, in milliseconds. */
const PROBE_TIMEOUT_MS = 2_000;

/** The plain HTTP routes for operators and back ends: health, metrics, and the keys for checking proofs. */
export function operationsRoutes(parts: OperationsParts): (server: FastifyInstance) => void {
  const readiness = new Readiness(parts.database);
  return (server) => {
    server.get('/healthz', async () => ({ status: 'ok' }));
    server.get('/readyz', async (_request, reply) => {
      // Answered without the database: while the server stops, a database that hangs must not delay the
      // answer.
      if (parts.draining()) return reply.status(503).send({ status: 'not ready', draining: true });
      const checks = {
        draining: false,
        database: await raceTimeout(PROBE_TIMEOUT_MS, readiness.check(), false),
        dispatcher: parts.dispatcherWorks(),
      };
      const ready = checks.database && checks.dispatcher;
      return reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', ...checks });
    });
    server.get('/metrics', async (_request, reply) => {
      const { registry } = parts.metrics;
      return reply.type(registry.contentType).send(await registry.metrics());
    });
    server.get('/.well-known/jwks.json', async (_request, reply) => {
      const cache = `public, max-age=${JWKS_MAX_AGE_SECONDS}`;
      return reply.header('cache-control', cache).send(await parts.proofs.jwks());
    });
  };
}
