import { type FastifyInstance } from 'fastify';
import { type Database } from '../database/database';
import { type Metrics } from '../shared/metrics';
import { type ProofSigner } from '../verification/proof';

export interface OperationsParts {
  database: Database;
  metrics: Metrics;
  proofs: ProofSigner;
  /** Whether messages are being sent. */
  dispatcherWorks: () => boolean;
  draining: () => boolean;
}

/** A readiness probe must answer while the database does not, in milliseconds. */
const PROBE_TIMEOUT_MS = 2_000;

/** What operators and back ends ask over plain HTTP: health, metrics, and the keys that proofs are checked with. */
export function operationsRoutes(parts: OperationsParts): (server: FastifyInstance) => void {
  return (server) => {
    server.get('/healthz', async () => ({ status: 'ok' }));
    server.get('/readyz', async (_request, reply) => {
      const checks = {
        draining: parts.draining(),
        database: await answers(parts.database),
        dispatcher: parts.dispatcherWorks(),
      };
      const ready = !checks.draining && checks.database && checks.dispatcher;
      return reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', ...checks });
    });
    server.get('/metrics', async (_request, reply) => {
      const { registry } = parts.metrics;
      return reply.type(registry.contentType).send(await registry.metrics());
    });
    server.get('/.well-known/jwks.json', async (_request, reply) => {
      return reply.header('cache-control', 'public, max-age=300').send(await parts.proofs.jwks());
    });
  };
}

async function answers(database: Database): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, PROBE_TIMEOUT_MS, false)));
  const answer = database.read('SELECT 1 AS one').then(
    () => true,
    () => false,
  );
  const works = await Promise.race([answer, late]);
  clearTimeout(timer);
  return works;
}
