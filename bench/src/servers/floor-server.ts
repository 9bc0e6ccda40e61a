import { randomBytes, randomInt } from 'node:crypto';
import fastify from 'fastify';
import { deliverOrDie } from './provider-client';
import { openPostgresFloor } from './floor-postgres';
import { openSqliteFloor } from './floor-sqlite';

/**
 * The floor: plain Fastify with the least work that can be called the job. It has no GraphQL, limits,
 * encryption, queue (a message in progress is lost when the process ends), proof or metrics, and it stores
 * the code itself.
 */
async function main(): Promise<void> {
  const url = process.env.DATABASE_URL!;
  const provider = process.env.PROVIDER_URL!;
  const store = url.startsWith('sqlite:')
    ? openSqliteFloor(url, process.env.SYNCHRONOUS === 'NORMAL' ? 'NORMAL' : 'FULL')
    : await openPostgresFloor(url);
  const server = fastify();
  server.post<{ Body: { email: string } }>('/request', async ({ body: { email } }) => {
    const id = randomBytes(18).toString('base64url');
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    await store.insert({ id, email, code, expiresAt: Date.now() + 1_800_000 });
    deliverOrDie(provider, email, code);
    return { id };
  });
  server.post<{ Body: { id: string; code: string } }>('/verify', async ({ body: { id, code } }) => ({
    verified: await store.verify(id, code, Date.now()),
  }));
  process.on('SIGTERM', () => process.exit(0));
  await server.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
}

void main();
