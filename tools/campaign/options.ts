import { parseArgs } from 'node:util';
import { type DatabaseKind } from './schedule';

export const HELP = `npm run campaign -- [options]

  --minutes N       how long users come, on each database (default 10; 15 and no less than 4 with --soak: heaps take minutes to settle)
  --short           one of each fault, in half a minute
  --soak            a steady load without faults: do memory, handles and tables stay flat?
  --database NAME   postgres or sqlite (default: both; postgres with --soak)
  --rate N          users a second (default 20)
  --seed N          decides the schedule and what users do (default 1)
  --out DIR         where ledgers and pictures go (default data/campaign)

PostgreSQL is a cluster of the campaign's own; its programs must be there (Debian: apt-get install postgresql).
Exit status 1: the ledger is breached, or something grows. 2: misused.
`;

export interface Options {
  help: boolean;
  minutes: number;
  short: boolean;
  soak: boolean;
  databases: DatabaseKind[];
  rate: number;
  seed: number;
  out: string;
}

export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      short: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
      database: { type: 'string' },
      rate: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: 'data/campaign' },
    },
  });
  const { help, short, soak, out } = values;
  return {
    help,
    short,
    soak,
    out,
    minutes: number('--minutes', values.minutes ?? (soak ? '15' : '10'), soak ? 4 : 0.5, 24 * 60),
    databases: databases(values.database, soak),
    rate: number('--rate', values.rate, 1, 1_000),
    seed: number('--seed', values.seed, 0, 2 ** 31),
  };
}

function databases(name: string | undefined, soak: boolean): DatabaseKind[] {
  if (name === undefined) return soak ? ['postgres'] : ['postgres', 'sqlite'];
  if (name !== 'postgres' && name !== 'sqlite') throw new Error('--database: must be postgres or sqlite');
  return [name];
}

function number(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new Error(`${option}: must be a number from ${least} to ${most}`);
  return value;
}
