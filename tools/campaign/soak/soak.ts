import { setTimeout as pause } from 'node:timers/promises';
import { build, dismantle, type Stage } from '../campaign';
import { Client } from '../client';
import { type CallEnd, Journal } from '../journal';
import { Random } from '../random';
import { type DatabaseKind } from '../schedule';
import { Sampler } from './samples';
import { judge, type Verdict } from './verdict';
import { Users } from '../users';

export interface SoakSettings {
  database: DatabaseKind;
  minutes: number;
  usersPerSecond: number;
  seed: number;
  entry: string;
  logs: string | null;
}

export interface SoakResult {
  settings: SoakSettings;
  nodes: number;
  warmUpSeconds: number;
  users: number;
  /** Number of refused calls by operation and code. A machine that is too slow for the load refuses some. */
  refusals: [what: string, count: number][];
  /** Calls without an answer or with an internal error. Without faults there are none. */
  failures: [what: string, count: number][];
  verdicts: Verdict[];
  flat: boolean;
}

const SAMPLE_MS = 2_000;
const AGE_MS = 10_000;
/** V8 may keep garbage for many minutes, which hides what is really in use. */
const COLLECT_MS = 5_000;
/** Time for compiling, for filling pools and for heaps to reach their size, before the measurement. */
const WARM_UP_SHARE = 0.4;
const MONTH_MS = 31 * 86_400_000;
/** Younger rows may still be in use by their user. */
const YOUNG_MS = 30_000;

/** Runs a steady load without faults, and checks that memory, handles and tables do not grow. */
export async function runSoak(settings: SoakSettings): Promise<SoakResult> {
  const journal = new Journal();
  const stage = await build(settings, journal);
  try {
    const client = new Client(stage.nodes, journal, new Random(settings.seed));
    const users = new Users(client, stage.providers, journal, new Random(settings.seed + 1), 'soak');
    const sampler = new Sampler(stage);
    const done = new AbortController();
    const beside = [
      every(SAMPLE_MS, done.signal, () => sampler.sample()),
      every(AGE_MS, done.signal, () => age(stage)),
      every(COLLECT_MS, done.signal, async () => stage.nodes.forEach((node) => node.collectGarbage())),
    ];
    const load = users.load(settings.usersPerSecond, settings.minutes * 60_000);
    await Promise.race([load, Promise.all(beside)]);
    done.abort();
    await Promise.all([...beside, users.finish()]);
    const warmUpSeconds = settings.minutes * 60 * WARM_UP_SHARE;
    const verdicts = sampler.series.map((series) => judge(series, warmUpSeconds));
    const refusals = counted(journal, ['refused']);
    const failures = counted(journal, ['internal', 'unreachable']);
    const flat = verdicts.every((verdict) => verdict.flat) && failures.length === 0;
    const found = { warmUpSeconds, users: journal.users.length, refusals, failures, verdicts, flat };
    return { settings, nodes: stage.nodes.length, ...found };
  } finally {
    await dismantle(stage);
  }
}

/**
 * Makes rows that are not in use a month older, and the purge due, so that retention deletes rows at the rate
 * at which they are stored. The nodes purge themselves; they check once a minute.
 */
async function age({ view, postgres }: Stage): Promise<void> {
  const now = Date.now();
  const settled = (column: string) => `${column} < ${now - YOUNG_MS} AND ${column} > ${now - MONTH_MS / 2}`;
  const statements = [
    `UPDATE verification SET created_at = created_at - ${MONTH_MS}, expires_at = expires_at - ${2 * MONTH_MS}
     WHERE ${settled('created_at')}`,
    `UPDATE budget SET updated_at = updated_at - ${MONTH_MS} WHERE ${settled('updated_at')}`,
    `UPDATE duty SET due_at = 0 WHERE name = 'purge' AND due_at > ${now}`,
  ];
  for (const statement of statements) {
    // SQLite has one writer. PostgreSQL waits by itself.
    for (let attempt = 0; ; attempt++) {
      try {
        await view.query(statement);
        break;
      } catch (error) {
        if (postgres || attempt > 1_000) throw error;
        await pause(5);
      }
    }
  }
}

async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work();
    await pause(ms, undefined, { signal }).catch(() => undefined);
  }
}

function counted({ calls }: Journal, ends: CallEnd[]): [what: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { end, operation, detail } of calls) {
    const what = `${operation}: ${end} ${detail}`;
    if (ends.includes(end)) counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts];
}
