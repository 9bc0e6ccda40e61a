import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HAS_OWN_POSTGRES } from '../../test/support/own-postgres';
import { runCampaign } from './campaign';
import { ROOT } from './nodes';
import { HELP, type Options, readOptions } from './options';
import { campaignPicture } from './picture';
import { ledgerChecks, ledgerTable } from './report';
import { type DatabaseKind } from './schedule';
import { runSoak } from './soak/soak';
import { soakPicture, soakTable } from './soak/report';

const ENTRY = join(ROOT, 'bin/injeung.js');
const SHORT_SECONDS = 34;

/** Checks that passed, failed and could not run. */
interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Finding {
  /** Each check of the run, and whether it passed. */
  checks: boolean[];
  table: string;
  picture: string;
}

async function campaign(
  database: DatabaseKind,
  { short, minutes, rate, seed, out }: Options,
): Promise<Finding> {
  const result = await runCampaign({
    database,
    loadSeconds: short ? SHORT_SECONDS : minutes * 60,
    usersPerSecond: rate,
    schedule: short ? 'short' : 'long',
    seed,
    entry: ENTRY,
    logs: out,
  });
  return { checks: ledgerChecks(result), table: ledgerTable(result), picture: campaignPicture(result) };
}

async function soak(database: DatabaseKind, { minutes, rate, seed, out }: Options): Promise<Finding> {
  const result = await runSoak({ database, minutes, usersPerSecond: rate, seed, entry: ENTRY, logs: out });
  const checks = [...result.verdicts.map(({ flat }) => flat), result.failures.length === 0];
  return { checks, table: soakTable(result), picture: soakPicture(result) };
}

async function main(options: Options): Promise<number> {
  mkdirSync(options.out, { recursive: true });
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const database of options.databases) {
    if (database === 'postgres' && !HAS_OWN_POSTGRES) {
      process.stdout.write(
        'postgres: not run, because initdb and pg_ctl are missing (apt-get install postgresql)\n',
      );
      // In CI they can be installed, so there it is a failure.
      counts[process.env.CI ? 'failed' : 'skipped']++;
      continue;
    }
    const { checks, table, picture } = await (options.soak ? soak : campaign)(database, options);
    const file = join(options.out, `${options.soak ? 'soak' : 'campaign'}-${database}`);
    writeFileSync(`${file}.txt`, `${table}\n`);
    writeFileSync(`${file}.svg`, picture);
    process.stdout.write(`${table}\n\npicture: ${file}.svg\n\n`);
    for (const passed of checks) counts[passed ? 'passed' : 'failed']++;
  }
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  return counts.failed > 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

let options: Options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`campaign: ${(error as Error).message}\n`);
  process.exit(2);
}
if (options.help) process.stdout.write(HELP);
else
  main(options).then(
    (status) => process.exit(status),
    (error: unknown) => {
      process.stderr.write(`campaign: ${(error as Error).stack}\n`);
      process.exit(1);
    },
  );
