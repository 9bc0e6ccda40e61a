import { setTimeout as pause } from 'node:timers/promises';
import { type OwnPostgres } from '../../test/support/own-postgres';
import { type DatabaseView, TABLES } from './database-view';
import { type FaultKind, type Journal } from './journal';
import { type ServerNode } from './nodes';
import { type Providers, type Weather } from './providers';
import { type Random } from './random';

/** One fault of the schedule: when it comes, counted from the start, and how long it stays. */
export interface PlannedFault {
  kind: FaultKind;
  atMs: number;
  durationMs: number;
}

export interface Scene {
  nodes: readonly ServerNode[];
  providers: Providers;
  database: DatabaseView;
  /** Null on SQLite. */
  postgres: OwnPostgres | null;
  journal: Journal;
  random: Random;
}

/** A lease is 30 s: who is stopped for longer finds its deliveries with others. */
export const PAST_LEASE_MS = 33_000;

/** How far a node's clock is set off. SENS refuses calls that are five minutes off, so it stays well below. */
const CLOCK_MOVE_MS = 90_000;

/** How many of an SMTP server's answers do not come while it stalls: some connections stop at each stage. */
const STALLS = 0.25;

type Strike = (scene: Scene, durationMs: number) => { target: string | null; end: Promise<void> };

const STRIKES: Record<FaultKind, Strike> = {
  kill: (scene, durationMs) => {
    const node = victim(scene);
    return {
      target: node.name,
      end: node
        .kill()
        .then(() => pause(durationMs))
        .then(() => node.start()),
    };
  },
  stop: (scene, durationMs) => {
    const node = victim(scene);
    node.stop();
    return { target: node.name, end: pause(durationMs).then(() => node.goOn()) };
  },
  clock: (scene, durationMs) => {
    const node = victim(scene);
    const offsetMs = scene.random.chance(0.5) ? CLOCK_MOVE_MS : -CLOCK_MOVE_MS;
    node.moveClock(offsetMs);
    const target = `${node.name} ${offsetMs > 0 ? '+' : '−'}${CLOCK_MOVE_MS / 1000} s`;
    return { target, end: pause(durationMs).then(() => node.moveClock(0)) };
  },
  outage: (scene, durationMs) => weather(scene, durationMs, () => ({ status: 503, body: {} })),
  slow: (scene, durationMs) =>
    weather(scene, durationMs, () => ({ delayMs: scene.random.between(500, 2_500) })),
  'lost-answers': (scene, durationMs) =>
    weather(scene, durationMs, () => (scene.random.chance(0.3) ? { drop: 'after' } : null)),
  'refused-connections': (scene, durationMs) =>
    weather(scene, durationMs, () => (scene.random.chance(0.5) ? { drop: 'before' } : null)),
  'smtp-stall': ({ providers, random }, durationMs) => {
    const stalls = () => random.chance(STALLS);
    providers.smtpStalls = stalls;
    const end = pause(durationMs).then(() => {
      if (providers.smtpStalls === stalls) providers.smtpStalls = () => false;
    });
    return { target: null, end };
  },
  'database-restart': ({ postgres }, _durationMs) => ({ target: null, end: postgres!.restart() }),
  lock: ({ database, random, postgres }, durationMs) => {
    const table = random.pick(TABLES);
    return { target: postgres ? table : 'the file', end: database.lock(durationMs, table) };
  },
};

const STRIKES_NODE: ReadonlySet<FaultKind> = new Set<FaultKind>(['kill', 'stop', 'clock']);

/** Carries out a schedule, and returns when all of it is over and mended. */
export async function strike(scene: Scene, schedule: readonly PlannedFault[]): Promise<void> {
  await Promise.all(schedule.map((fault) => strikeOnce(scene, fault)));
}

async function strikeOnce(scene: Scene, { kind, atMs, durationMs }: PlannedFault): Promise<void> {
  await pause(Math.max(0, scene.journal.startedAt + atMs - Date.now()));
  if (STRIKES_NODE.has(kind)) await spare(scene);
  const from = Date.now();
  const { target, end } = STRIKES[kind](scene, durationMs);
  const record = { kind, target, from, to: Infinity };
  scene.journal.faults.push(record);
  try {
    await end;
  } catch (error) {
    // A database that is restarted takes the session with it that held the lock.
    if (kind !== 'lock') throw error;
  }
  record.to = Date.now();
}

/** Nodes that nothing is being done to. */
function free({ nodes, journal }: Scene): ServerNode[] {
  const underWay = journal.faults.filter(({ to }) => to === Infinity);
  const struck = new Set(underWay.map(({ target }) => target?.split(' ')[0]));
  return nodes.filter((node) => node.running && !struck.has(node.name));
}

/** Waits for a node to strike, and for another that goes on where there are several. */
async function spare(scene: Scene): Promise<void> {
  while (free(scene).length < Math.min(scene.nodes.length, 2)) await pause(100);
}

function victim(scene: Scene): ServerNode {
  return scene.random.pick(free(scene));
}

/** The latest weather rules; when it ends it is fair again, unless another has come since. */
function weather({ providers }: Scene, durationMs: number, now: Weather) {
  providers.weather = now;
  const end = pause(durationMs).then(() => {
    if (providers.weather === now) providers.weather = () => null;
  });
  return { target: null, end };
}
