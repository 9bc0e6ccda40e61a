import 'reflect-metadata';
import '../../src/channels/ses/quiet-aws-sdk';
import { Command, Option } from 'commander';
import { type Dialect } from '../support/databases';
import findPostgres from '../support/global-setup';
import { type Finding, isExceeded, table } from './finding';
import { type PumpingSize } from './pumping.attack';

interface Size {
  days: number;
  repeat: number;
  pumping: PumpingSize;
}

const SIZES: Record<string, Size> = {
  short: {
    days: 1.02,
    repeat: 5,
    pumping: {
      addresses: 500,
      numbers: 300,
      asksPerNumber: 4,
      people: 96,
      limits: { SMS_DAILY_LIMIT: '800', SMS_PREFIX_HOURLY_LIMIT: '5' },
    },
  },
  full: {
    days: 5,
    repeat: 200,
    pumping: { addresses: 10_000, numbers: 5_000, asksPerNumber: 4, people: 1_000 },
  },
};

/** `npm run attacks`: attacks the service in every way there is and reports what came of it. */
async function main(): Promise<void> {
  const program = new Command('npm run attacks --')
    .description(
      'Attacks the service and prints what an attacker got. Exit status 1 when a budget was exceeded.',
    )
    .addOption(new Option('--size <size>', 'how long to try').choices(Object.keys(SIZES)).default('full'))
    .addOption(new Option('--database <dialect>').choices(['sqlite', 'postgres', 'both']).default('both'))
    .parse();
  const { size, database } = program.opts<{ size: string; database: Dialect | 'both' }>();
  await findPostgres();
  const wanted: Dialect[] = database === 'both' ? ['sqlite', 'postgres'] : [database];
  const dialects = wanted.filter((one) => one === 'sqlite' || process.env.INJEUNG_TEST_POSTGRES);
  const findings: Finding[] = [];
  for (const dialect of dialects) findings.push(...(await attack(dialect, SIZES[size]!)));
  const exceeded = findings.filter(isExceeded);
  process.stdout.write(`${findings.length} budgets, ${exceeded.length} exceeded\n`);
  if (exceeded.length > 0 || dialects.length === 0) process.exitCode = 1;
}

async function attack(dialect: Dialect, { days, repeat, pumping: size }: Size): Promise<Finding[]> {
  // Only now: which databases there are is read when these are loaded.
  const { guessing } = await import('./guessing.attack.js');
  const { flooding } = await import('./flooding.attack.js');
  const { exhausting } = await import('./exhausting.attack.js');
  const { hostileDocuments } = await import('./hostile-documents.attack.js');
  const { pumping } = await import('./pumping.attack.js');
  const attacks = [
    () => guessing(dialect, { days }),
    () => flooding(dialect, { days }),
    () => pumping(dialect, size),
    () => exhausting(dialect, { calls: 20 * repeat }),
    () => hostileDocuments(dialect, { repeat }),
  ];
  const all: Finding[] = [];
  for (const one of attacks) {
    const findings = await one();
    process.stdout.write(`\n${findings[0]!.attack}, on ${dialect}\n\n${table(findings)}\n`);
    all.push(...findings);
  }
  process.stdout.write('\n');
  return all;
}

void main();
