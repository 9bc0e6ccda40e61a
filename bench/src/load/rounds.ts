import { setTimeout as pause } from 'node:timers/promises';
import { type Contender, type StartOptions } from '../contenders/contender.types';
import { Contest } from './driver';
import { type Round } from './measurement';
import { type Spread, spread } from './statistics';

/**
 * Pause before the round of the next contender, in which the previous one finishes its work, in milliseconds.
 */
const BETWEEN_MS = 150;

/**
 * Starts contenders, passes them to the caller, checks their ledgers at the end, and stops them whatever
 * happened.
 */
export async function withContests<T>(
  contenders: readonly Contender[],
  options: Omit<StartOptions, 'email'>,
  work: (contests: readonly Contest[]) => Promise<T>,
): Promise<T> {
  const contests: Contest[] = [];
  try {
    for (const contender of contenders) contests.push(await Contest.start(contender, options));
    const result = await work(contests);
    for (const contest of contests) await contest.checkLedger();
    for (const contest of contests) await contest.stop();
    return result;
  } catch (error) {
    // A process that ended by itself cannot be stopped. The first fault is the one to throw.
    await Promise.allSettled(contests.map((contest) => contest.stop()));
    throw error;
  }
}

/**
 * Runs rounds in turn: every contender once, then every contender again, each time with another first one, so
 * that other work on the machine affects all of them equally.
 */
export async function interleave<K>(
  contests: readonly K[],
  rounds: number,
  run: (contest: K) => Promise<Round>,
): Promise<Map<K, Round[]>> {
  const results = new Map<K, Round[]>(contests.map((contest) => [contest, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contests.length; i++) {
      const contest = contests[(i + round) % contests.length]!;
      results.get(contest)!.push(await run(contest));
      await pause(BETWEEN_MS);
    }
  }
  return results;
}

export type Summary = { [field in keyof Round]: Spread | null };

export function summarize(rounds: readonly Round[]): Summary {
  const fields = Object.keys(rounds[0]!) as (keyof Round)[];
  return Object.fromEntries(
    fields.map((field) => {
      const values = rounds.map((round) => round[field]);
      return [field, values.includes(null) ? null : spread(values as number[])];
    }),
  ) as Summary;
}

/** The ratio of two contenders' flows per second, computed pair by pair within a round. */
export function ratio(rounds: readonly Round[], base: readonly Round[]): Spread {
  return spread(rounds.map((round, i) => round.flowsPerSecond / base[i]!.flowsPerSecond));
}
