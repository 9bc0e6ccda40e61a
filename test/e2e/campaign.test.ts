import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { runCampaign } from '../campaign/campaign';
import { ledgerTable } from '../campaign/report';
import { type DatabaseKind } from '../campaign/schedule';
import { HAS_OWN_POSTGRES } from '../support/own-postgres';

const ROOT = join(__dirname, '../..');
/** Apart from `dist`, which another test may be building at this moment. */
const BUILT = join(ROOT, 'dist/campaign-test');
const LOAD_SECONDS = 32;
const LONGEST_MS = 240_000;

beforeAll(() => {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', BUILT], { cwd: ROOT });
  if (!HAS_OWN_POSTGRES)
    process.stderr.write(
      'campaign on PostgreSQL: skipped, since initdb and pg_ctl are not there (Debian: apt-get install postgresql)\n',
    );
}, 120_000);

const campaign = (database: DatabaseKind) =>
  runCampaign({
    database,
    loadSeconds: LOAD_SECONDS,
    usersPerSecond: 10,
    schedule: 'short',
    seed: 1,
    entry: join(BUILT, 'src/main.js'),
    logs: null,
  });

it(
  'keeps its ledger through kills, stops, outages, lost answers, locks, crashes of the database and moved clocks',
  async () => {
    const databases: DatabaseKind[] = HAS_OWN_POSTGRES ? ['sqlite', 'postgres'] : ['sqlite'];
    const results = await Promise.all(databases.map(campaign));
    for (const result of results) {
      if (result.ledger.breached) throw new Error(ledgerTable(result));
      expect(result.journal.users.length).toBeGreaterThan(LOAD_SECONDS * 5);
      expect(result.journal.messages.length).toBeGreaterThan(LOAD_SECONDS * 5);
    }
  },
  LONGEST_MS,
);
