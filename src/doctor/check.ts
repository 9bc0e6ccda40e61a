import { reasonOf } from '../shared/errors';
import { raceTimeout } from '../shared/race-timeout';
export type FindingStatus = 'OK' | 'WARN' | 'FAIL';

/** One line of the report. Operators may show the report to others, so it contains no secret. */
export interface Finding {
  /** What was checked: `database`, `SES account`. */
  check: string;
  /** `WARN`: it works, but with a disadvantage. `FAIL`: codes would not arrive, or the start would fail. */
  status: FindingStatus;
  /** What the check found. */
  message: string;
  /** What to do; null when nothing is to be done. */
  advice: string | null;
}

/** Checks one part of the set-up and changes nothing. */
export interface Check {
  name: string;
  run: () => Promise<Finding[]>;
}

const TIMEOUT_MS = 20_000;

export function ok(check: string, message: string): Finding {
  return { check, status: 'OK', message, advice: null };
}

export function warn(check: string, message: string, advice: string): Finding {
  return { check, status: 'WARN', message, advice };
}

export function fail(check: string, message: string, advice: string): Finding {
  return { check, status: 'FAIL', message, advice };
}

/** Runs all checks at once, each for at most 20 s. The findings are in the order of the checks. */
export async function runChecks(checks: readonly Check[], timeoutMs = TIMEOUT_MS): Promise<Finding[]> {
  return (await Promise.all(checks.map((check) => runCheck(check, timeoutMs)))).flat();
}

async function runCheck({ name, run }: Check, timeoutMs: number): Promise<Finding[]> {
  const late = fail(
    name,
    `no answer within ${timeoutMs / 1000} s`,
    'check the network and the firewalls in between',
  );
  try {
    return await raceTimeout(timeoutMs, run(), [late]);
  } catch (error) {
    return [fail(name, `the check itself failed: ${reasonOf(error)}`, 'this is a bug: please report it')];
  }
}
