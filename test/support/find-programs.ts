import { Client } from 'pg';
import { HAS_OWN_POSTGRES } from './own-postgres';
import { HAS_PGBOUNCER } from './pgbouncer';
import { HAS_PYTHON } from './python';
import { HAS_SMALL_DISK } from './small-disk';

const LOCAL = 'postgres://postgres@127.0.0.1:5432/test';

/**
 * Searches once for a PostgreSQL server, its programs, PgBouncer and Python, and reports which suites
 * are skipped without them.
 */
export async function findPrograms(): Promise<void> {
  if (!HAS_PGBOUNCER) {
    if (process.env.CI) throw new Error('CI has to test with PgBouncer, and it is not installed');
    process.stderr.write(
      'Skipped: the suites on PgBouncer. They require pgbouncer (Debian: apt-get install pgbouncer).\n',
    );
  }
  if (!HAS_PYTHON) {
    if (process.env.CI) throw new Error('CI has to run examples/receiver.py, and python3 is not installed');
    process.stderr.write(
      'Skipped: the suites of examples/receiver.py. They require python3 (Debian: apt-get install python3).\n',
    );
  }
  if (!HAS_SMALL_DISK)
    process.stderr.write(
      'Skipped: the suites on a full disk. They mount a small tmpfs, for which they require root.\n',
    );
  if (!HAS_OWN_POSTGRES) {
    if (process.env.CI)
      throw new Error('CI has to stop and start PostgreSQL, and initdb and pg_ctl are not there');
    process.stderr.write(
      'Skipped: the suites that stop and start a PostgreSQL server. They require initdb and pg_ctl (Debian: apt-get install postgresql).\n',
    );
  }
  const url = process.env.TEST_DATABASE_URL ?? LOCAL;
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.end();
    process.env.INJEUNG_TEST_POSTGRES = url;
  } catch {
    if (process.env.CI)
      throw new Error(
        `CI has to test on PostgreSQL, and no server accepts a connection at ${new URL(url).host}`,
      );
    process.stderr.write(
      'Skipped: the suites on PostgreSQL. Set TEST_DATABASE_URL, or start a server on 127.0.0.1:5432 with a database "test".\n',
    );
  }
}
