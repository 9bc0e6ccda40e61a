import { type PlannedFault, PAST_LEASE_MS } from './faults';
import { type FaultKind } from './journal';
import { type Random } from './random';

export type DatabaseKind = 'postgres' | 'sqlite';

const DURATION_MS: Record<FaultKind, [number, number]> = {
  kill: [500, 3_000],
  stop: [PAST_LEASE_MS, PAST_LEASE_MS + 5_000],
  outage: [3_000, 10_000],
  slow: [5_000, 12_000],
  'lost-answers': [5_000, 10_000],
  'refused-connections': [5_000, 10_000],
  'smtp-stall': [3_000, 12_000],
  'database-restart': [0, 0],
  lock: [2_000, 5_000],
  clock: [8_000, 15_000],
};

/** Kills are more frequent than the other faults. */
const BAG: Record<DatabaseKind, FaultKind[]> = {
  postgres: [
    'kill',
    'slow',
    'stop',
    'smtp-stall',
    'kill',
    'lost-answers',
    'database-restart',
    'outage',
    'lock',
    'clock',
    'kill',
    'refused-connections',
    'database-restart',
  ],
  sqlite: [
    'kill',
    'slow',
    'lost-answers',
    'smtp-stall',
    'kill',
    'lock',
    'clock',
    'outage',
    'refused-connections',
    'stop',
  ],
};

/** A fault about every ten seconds. Each kind occurs once before any kind is repeated. */
export function longSchedule(database: DatabaseKind, durationMs: number, random: Random): PlannedFault[] {
  const schedule: PlannedFault[] = [];
  let bag: FaultKind[] = [];
  let stoppedUntil = 0;
  for (let atMs = 5_000; ; atMs += random.between(6_000, 14_000)) {
    if (bag.length === 0) bag = random.shuffled(BAG[database]);
    const kind = bag.pop()!;
    const lasts = Math.round(random.between(...DURATION_MS[kind]));
    if (atMs + lasts > durationMs - 2_000) return schedule;
    // With one node, a stop covers all other faults of this time.
    if (database === 'sqlite') atMs = Math.max(atMs, stoppedUntil);
    if (kind === 'stop') stoppedUntil = atMs + lasts + 3_000;
    // Stops and kills are about what is in progress at that moment.
    if (kind === 'stop' || kind === 'kill')
      schedule.push({ kind: 'slow', atMs: atMs - 2_000, durationMs: 3_500 });
    schedule.push({ kind, atMs, durationMs: lasts });
  }
}

/** One of each in half a minute. A lease must expire within it, so the stop comes first. */
export function shortSchedule(database: DatabaseKind): PlannedFault[] {
  const all: (PlannedFault & { on?: DatabaseKind })[] = [
    { kind: 'slow', atMs: 500, durationMs: 2_500 },
    { kind: 'stop', atMs: 2_000, durationMs: PAST_LEASE_MS, on: 'postgres' },
    { kind: 'kill', atMs: 3_000, durationMs: 1_000 },
    { kind: 'lost-answers', atMs: 7_000, durationMs: 3_000 },
    { kind: 'lock', atMs: 11_000, durationMs: 2_000 },
    { kind: 'database-restart', atMs: 15_000, durationMs: 0, on: 'postgres' },
    { kind: 'outage', atMs: 18_000, durationMs: 2_000 },
    { kind: 'refused-connections', atMs: 21_000, durationMs: 2_000 },
    { kind: 'clock', atMs: 24_000, durationMs: 4_000 },
    { kind: 'smtp-stall', atMs: 27_000, durationMs: 3_000 },
    { kind: 'kill', atMs: 14_000, durationMs: 500, on: 'sqlite' },
  ];
  return all.filter(({ on }) => on === undefined || on === database);
}
