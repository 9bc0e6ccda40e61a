import { createServer } from 'node:http';
import { Pool } from 'pg';
import { SqliteConnection } from '../../../src/database/sqlite/sqlite-driver';
import { postgresConnection, sqliteFile } from '../contenders/databases';
import { deliverOrDie } from './provider-client';

const CONNECTIONS = 10;

/**
 * better-auth as its documentation sets it up for codes by e-mail, on plain node:http. In its favor: no rate
 * limit, no origin check, no session after verifying, and deliveries that no request waits for.
 */
async function main(): Promise<void> {
  const { betterAuth } = await import('better-auth');
  const { emailOTP } = await import('better-auth/plugins');
  const { getMigrations } = await import('better-auth/db/migration');
  const { toNodeHandler } = await import('better-auth/node');
  const provider = process.env.PROVIDER_URL!;
  const port = Number(process.env.PORT);
  const auth = betterAuth({
    database: openDatabase(process.env.DATABASE_URL!),
    baseURL: `http://127.0.0.1:${port}`,
    secret: 'the secret of the benchmark is long enough',
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: 'error' },
    advanced: { disableCSRFCheck: true, disableOriginCheck: true },
    plugins: [
      emailOTP({
        storeOTP: 'hashed',
        sendVerificationOTP: async ({ email, otp }) => deliverOrDie(provider, email, otp),
      }),
    ],
  });
  // The process that starts it needs the tables first, to insert its users.
  if (process.argv[2] === 'migrate') {
    await (await getMigrations(auth.options)).runMigrations();
    process.exit(0);
  }
  process.on('SIGTERM', () => process.exit(0));
  const handle = toNodeHandler(auth);
  const server = createServer((request, response) => void handle(request, response));
  server.keepAliveTimeout = 600_000;
  server.listen(port, '127.0.0.1', 4096);
}

function openDatabase(url: string): object {
  if (!url.startsWith('sqlite:')) {
    return new Pool({ ...postgresConnection(url), max: CONNECTIONS, idleTimeoutMillis: 0 });
  }
  const file = new SqliteConnection(sqliteFile(url));
  file.pragma('journal_mode = WAL');
  file.pragma('synchronous = FULL');
  return file;
}

void main();
