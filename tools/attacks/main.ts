import 'reflect-metadata';
import '../../src/channels/ses/quiet-aws-sdk';
import { Command, Option } from 'commander';
import { type Dialect } from '../../test/support/databases';
import { findPrograms } from '../../test/support/find-programs';
import { faultOf, type Finding, table } from './finding';
import { type PumpingSize } from './pumping.attack';

interface Size {
  /** Whether time and memory are checked, which requires an otherwise idle machine. */
  judgesMeasured: boolean;
  days: number;
  repeat: number;
  pumping: PumpingSize;
}

const SIZES: Record<string, Size> = {
  short: {
    judgesMeasured: false,
    days: 1.02,
    repeat: 5,
    pumping: {
      addresses: 100,
      numbers: 60,
      asksPerNumber: 5,
      users: 24,
      limits: { SMS_DAILY_LIMIT: '150', SMS_PREFIX_HOURLY_LIMIT: '1' },
    },
  },
  full: {
    judgesMeasured: true,
    days: 5,
    repeat: 200,
    pumping: { addresses: 10_000, numbers: 5_000, asksPerNumber: 4, users: 1_000 },
  },
};

/**
 * `npm run attacks`: attacks the service in every known way, on each database, and reports what an attacker
 * achieved.
 */
async function main(): Promise<void> {
  const program = new Command('npm run attacks --')
    .description(
      'Attacks the service and prints what an attacker got. Exit status 1 when a limit did not hold.',
    )
    .addOption(new Option('--size <size>', 'how long to try').choices(Object.keys(SIZES)).default('full'))
    .addOption(new Option('--database <dialect>').choices(['sqlite', 'postgres', 'both']).default('both'))
    .parse();
  const { size, database } = program.opts<{ size: string; database: Dialect | 'both' }>();
  await findPrograms();
  const requested: Dialect[] = database === 'both' ? ['sqlite', 'postgres'] : [database];
  const dialects = requested.filter((one) => one === 'sqlite' || process.env.INJEUNG_TEST_POSTGRES);
  const findings: Finding[] = [];
  for (const dialect of dialects) findings.push(...(await attack(dialect, SIZES[size]!)));
  const judged = findings.filter(({ measured }) => !measured || SIZES[size]!.judgesMeasured);
  const failed = judged.filter((one) => faultOf(one)).length;
  const skipped = requested.length - dialects.length;
  process.stdout.write(`${judged.length - failed} passed, ${failed} failed, ${skipped} skipped\n`);
  if (failed > 0 || dialects.length === 0) process.exitCode = 1;
}

async function attack(dialect: Dialect, { days, repeat, pumping: size }: Size): Promise<Finding[]> {
  // Imported late, because these modules read the list of databases when they are loaded.
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
