import { setTimeout as pause } from 'node:timers/promises';
import { type OwnPostgres } from '../../test/support/own-postgres';
import { type DatabaseView, TABLES } from './database-view';
import { type FaultKind, type Journal } from './journal';
import { type ServerNode } from './nodes';
import { type Providers, type Weather } from './providers';
import { type Random } from './random';

/** One fault of the schedule: when it begins, counted from the start, and how long it lasts. */
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

/** A lease is 30 s. After a longer stop, other nodes have the deliveries of a node. */
export const PAST_LEASE_MS = 33_000;

/**
 * How far the clock of a node is moved. SENS refuses calls that are five minutes off, so it is well below
 * that.
 */
const CLOCK_MOVE_MS = 90_000;

/**
 * How many answers of an SMTP server are withheld during a stall, so that some connections stop at each
 * stage.
 */
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

/** Carries out a schedule. Returns when all faults have ended. */
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
    // A restart of the database also ends the session that held the lock.
    if (kind !== 'lock') throw error;
  }
  record.to = Date.now();
}

/** The nodes that have no fault now. */
function free({ nodes, journal }: Scene): ServerNode[] {
  const underWay = journal.faults.filter(({ to }) => to === Infinity);
  const struck = new Set(underWay.map(({ target }) => target?.split(' ')[0]));
  return nodes.filter((node) => node.running && !struck.has(node.name));
}

/** Waits for a node without a fault, and for a second one if there are several nodes. */
async function spare(scene: Scene): Promise<void> {
  while (free(scene).length < Math.min(scene.nodes.length, 2)) await pause(100);
}

function victim(scene: Scene): ServerNode {
  return scene.random.pick(free(scene));
}

/**
 * The latest condition counts. When its time ends, the providers work again, unless another condition has
 * begun since.
 */
function weather({ providers }: Scene, durationMs: number, now: Weather) {
  providers.weather = now;
  const end = pause(durationMs).then(() => {
    if (providers.weather === now) providers.weather = () => null;
  });
  return { target: null, end };
}
