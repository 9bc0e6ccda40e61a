import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseFault } from './database-fault';
import { databasePlace, isSqliteUrl } from './database-url';
import { inspectDatabase } from './inspect-database';

/** How often the database is asked during the start, in milliseconds. */
const EVERY_MS = 500;
/** After how many multiples of EVERY_MS without an answer the database counts as silent. */
const SILENT_AFTER = 6;
/** The connection of the watch. Its time limit ends only the watch. */
const CONNECTION = { size: 1, connectTimeoutMs: 30_000 };

/**
 * Checks that PostgreSQL answers, over a separate connection, until `signal` aborts.
 *
 * Migrations have no time limit, because building an index may take long. This watch ends a start during which the
 * database stops answering. It ignores every other error, because the connection that migrates reports it.
 *
 * @throws DatabaseFault when PostgreSQL is silent. Otherwise returns when `signal` aborts or nothing can be watched.
 */
export async function watchForSilence(url: string, signal: AbortSignal): Promise<void> {
  if (isSqliteUrl(url)) return;
  const silence = new Silence(url);
  // The database may stop answering before the watch is connected, so connecting may take no longer than an answer.
  silence.begin();
  const answers = inspectDatabase(url, CONNECTION, async ({ read }) => {
    while (!signal.aborted) {
      silence.broken();
      await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await read('SELECT 1');
    }
  }).catch(() => undefined);
  await Promise.race([answers, silence.tooLong]).finally(() => silence.end());
}

/**
 * Measures silence in ticks of a timer instead of time. If this process was paused or got no CPU, it counts only one
 * tick and then reads the answer that arrived in the meantime.
 */
class Silence {
  /** Rejects with a DatabaseFault when the silence is too long. */
  readonly tooLong: Promise<never>;
  private reject: (fault: DatabaseFault) => void;
  private ticks = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly url: string) {
    this.tooLong = new Promise((_resolve, reject) => (this.reject = reject));
  }

  begin(): void {
    this.timer = setInterval(() => {
      this.ticks += 1;
      if (this.ticks >= SILENT_AFTER) this.reject(silent(this.url));
    }, EVERY_MS);
  }

  broken(): void {
    this.ticks = 0;
  }

  end(): void {
    clearInterval(this.timer);
  }
}

function silent(url: string): DatabaseFault {
  return new DatabaseFault(
    `${databasePlace(url)} has not answered for ${(EVERY_MS * SILENT_AFTER) / 1000} seconds`,
    'check the server, and the network between it and this node',
  );
}
