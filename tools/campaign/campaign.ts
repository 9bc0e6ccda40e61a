import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, OwnPostgres } from '../../test/support/own-postgres';
import { Client } from './client';
import { type DatabaseView, viewOf } from './database-view';
import { strike } from './faults';
import { Journal } from './journal';
import { type Ledger, settle } from './ledger';
import { ServerNode } from './nodes';
import { Providers } from './providers';
import { Random } from './random';
import { type DatabaseKind, longSchedule, shortSchedule } from './schedule';
import { Users } from './users';

export interface CampaignSettings {
  database: DatabaseKind;
  /** How long users arrive, in seconds. The rest of the queue is sent afterwards. */
  loadSeconds: number;
  /** Number of users that arrive per second. */
  usersPerSecond: number;
  /** One fault of each kind in half a minute, or one after the other while users arrive. */
  schedule: 'short' | 'long';
  seed: number;
  /** The compiled program. */
  entry: string;
  /** The folder for the logs of the nodes, or null to discard them. */
  logs: string | null;
}

export interface CampaignResult {
  settings: CampaignSettings;
  nodes: number;
  journal: Journal;
  ledger: Ledger;
}

const POSTGRES_NODES = 3;
/** The longest pause (after a third unknown outcome), a lease, and a margin for a slow machine. */
const DRAIN_MS = 420_000;

/** The environment of a campaign. */
export interface Stage {
  directory: string;
  postgres: OwnPostgres | null;
  url: string;
  nodes: ServerNode[];
  providers: Providers;
  view: DatabaseView;
  /** Ends the database and deletes its files. */
  cleanUp: () => void;
}

/** Runs one campaign on one database and checks its ledger. */
export async function runCampaign(settings: CampaignSettings): Promise<CampaignResult> {
  const journal = new Journal();
  journal.leasesByNodeClock = settings.database === 'sqlite';
  const stage = await build(settings, journal);
  try {
    journal.startedAt = Date.now();
    const random = new Random(settings.seed);
    const schedule =
      settings.schedule === 'short'
        ? shortSchedule(settings.database)
        : longSchedule(settings.database, settings.loadSeconds * 1000, random);
    const client = new Client(stage.nodes, journal, new Random(settings.seed + 1));
    const users = new Users(
      client,
      stage.providers,
      journal,
      new Random(settings.seed + 2),
      settings.database,
    );
    const scene = { ...stage, database: stage.view, journal, random: new Random(settings.seed + 3) };
    const faults = strike(scene, schedule);
    await Promise.all([users.load(settings.usersPerSecond, settings.loadSeconds * 1000), faults]);
    journal.loadEndedAt = Date.now();
    await Promise.all([users.finish(), drain(stage.view)]);
    journal.drainedAt = Date.now();
    const ledger = await settle(journal, stage.view);
    return { settings, nodes: stage.nodes.length, journal, ledger };
  } finally {
    await dismantle(stage);
  }
}

/** Starts the database, the providers and the nodes at the same time, as after a power cut. */
export async function build(
  { database, entry, logs }: Pick<CampaignSettings, 'database' | 'entry' | 'logs'>,
  journal: Journal,
): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'injeung-campaign-'));
  const postgres = database === 'postgres' ? await OwnPostgres.start() : null;
  const cleanUp = () => {
    postgres?.close();
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', cleanUp); // An interrupted campaign leaves no server running; its nodes end with it.
  const url = postgres?.url() ?? `sqlite:${join(directory, 'injeung.sqlite')}`;
  const providers = await Providers.start(journal);
  const nodes: ServerNode[] = [];
  for (let number = 1; number <= (postgres ? POSTGRES_NODES : 1); number++) {
    const env = { ...environment(url), ...providers.environment(number) };
    const name = `node-${number}`;
    const log = join(logs ?? directory, `${database}-${name}.log`);
    nodes.push(new ServerNode({ name, entry, cwd: directory, port: await freePort(), env, log }));
  }
  const stage = { directory, postgres, url, nodes, providers, view: viewOf(url), cleanUp };
  try {
    await Promise.all(nodes.map((node) => node.start()));
    return stage;
  } catch (error) {
    await dismantle(stage);
    throw error;
  }
}

export async function dismantle({ nodes, view, providers, cleanUp }: Stage): Promise<void> {
  await Promise.all(nodes.map((node) => node.shutDown()));
  await view.close();
  await providers.close();
  process.off('exit', cleanUp);
  cleanUp();
}

/**
 * The other limits are off, because all users have one address. The daily limit of wrong attempts is checked.
 */
function environment(url: string): Record<string, string> {
  return {
    DATABASE_URL: url,
    DATABASE_POOL_SIZE: '8',
    INJEUNG_SECRET: 'the secret of a campaign long enough for it',
    LOG_LEVEL: 'warn',
    SHUTDOWN_DELAY_SECONDS: '0',
    RESEND_COOLDOWN_SECONDS: '0',
    IP_HOURLY_LIMIT: '0',
    SMS_PREFIX_HOURLY_LIMIT: '0',
    SMS_DAILY_LIMIT: '0',
    EMAIL_DAILY_LIMIT: '0',
  };
}

/** Waits until the queue is empty. The ledger reports what is left after the longest wait. */
async function drain(view: DatabaseView): Promise<void> {
  const end = performance.now() + DRAIN_MS;
  while (performance.now() < end) {
    const [row] = await view.query<{ queued: number | string }>(
      'SELECT count(*) AS queued FROM delivery WHERE due_at IS NOT NULL',
    );
    if (Number(row!.queued) === 0) return;
    await pause(250);
  }
}
