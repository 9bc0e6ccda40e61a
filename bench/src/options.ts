/** How long each part runs. A default run ends within twenty minutes on two cores, a quick one within two. */
export interface Lengths {
  rounds: number;
  seconds: number;
  warmUpSeconds: number;
  /**
   * Load before each measured round, because a server that was idle during other rounds is slower for a
   * second or two.
   */
  runInSeconds: number;
  /** Numbers of rows that are stored before the run, for a comparison. */
  rows: readonly number[];
  backlog: number;
  starts: number;
  soakFlows: number;
}

export interface Options {
  only: readonly string[] | null;
  quick: boolean;
  profile: boolean;
  soak: boolean;
  lengths: Lengths;
}

const DEFAULT: Lengths = {
  rounds: 4,
  seconds: 5,
  warmUpSeconds: 12,
  runInSeconds: 2,
  rows: [10_000, 1_000_000],
  backlog: 100_000,
  starts: 3,
  soakFlows: 1_000_000,
};

const QUICK: Lengths = {
  rounds: 2,
  seconds: 1,
  warmUpSeconds: 0.5,
  runInSeconds: 0.2,
  rows: [1_000, 10_000],
  backlog: 1_000,
  starts: 2,
  soakFlows: 2_000,
};

export const USAGE = `npm run bench -- [options]
  --only a,b      sections: compare, connections, rows, provider, backlog, start, half-load, ses-send, nodes, soak
  --quick         short rounds and few rows: does everything work?
  --rounds n      rounds of each contender
  --seconds n     seconds of each round
  --ten-million   the section "rows" goes up to 10,000,000
  --soak          the section "soak" as well: a million flows on each database
  --profile       CPU profiles of Injeung in bench/profiles/`;

/** @throws Error that names the unknown option. */
export function readOptions(args: readonly string[], sections: readonly string[]): Options {
  const left = [...args];
  const flag = (name: string) => {
    const at = left.indexOf(name);
    return at >= 0 && left.splice(at, 1).length > 0;
  };
  const value = (name: string) => {
    const at = left.indexOf(name);
    return at < 0 ? null : (left.splice(at, 2)[1] ?? fail(`${name} requires a value`));
  };
  const number = (name: string, fallback: number) => {
    const text = value(name);
    if (text === null) return fallback;
    return Number(text) > 0 ? Number(text) : fail(`${name} requires a number above 0`);
  };
  const quick = flag('--quick');
  const lengths = { ...(quick ? QUICK : DEFAULT) };
  lengths.rounds = number('--rounds', lengths.rounds);
  lengths.seconds = number('--seconds', lengths.seconds);
  if (flag('--ten-million')) lengths.rows = [...lengths.rows, 10_000_000];
  const only = value('--only')?.split(',') ?? null;
  const unknown = only?.find((name) => !sections.includes(name));
  if (unknown !== undefined) fail(`there is no section "${unknown}"`);
  const options = { only, quick, profile: flag('--profile'), soak: flag('--soak'), lengths };
  if (left.length > 0) fail(`there is no option "${left[0]}"`);
  return options;
}

function fail(message: string): never {
  throw new Error(`${message}\n\n${USAGE}`);
}
