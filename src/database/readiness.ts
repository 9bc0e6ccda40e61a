import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Database } from './database';

/**
 * Between the starts of two writes, in milliseconds: however many probes come, they cause five writes a second at most.
 */
const SPACING_MS = 200;
/** As much as a group of requests adds to a file, in bytes: two hexadecimal digits are stored for each byte. */
const WIDE_BYTES = 32 * 1024;
/** Every probe writes this one row, so that no table grows. No node takes a duty of this name. */
const ROW = 'readiness';

/**
 * Checks that the database accepts writes, by writing. A full disk, a file that became read-only and a standby server
 * all still answer reads.
 *
 * Probes share writes: those that come before a write begins get its result, so that none gets an older one.
 */
export class Readiness {
  private next: Promise<boolean> | null = null;
  private last: Promise<unknown> = Promise.resolve();
  /** How many failures the database had counted when a wide write last succeeded. */
  private failuresOvercome = 0;

  constructor(private readonly database: Database) {}

  /** Never rejects. It may take as long as one statement may run. */
  check(): Promise<boolean> {
    this.next ??= this.afterLast();
    return this.next;
  }

  private async afterLast(): Promise<boolean> {
    await this.last;
    this.next = null;
    const written = this.write();
    this.last = Promise.all([written, pause(SPACING_MS, undefined, { ref: false })]);
    return written;
  }

  /**
   * After a request's write has failed, a small one may find room where a request's does not, in a page or in a log
   * that is not quite full. So the probe then writes as much as requests do, until that succeeds.
   */
  private async write(): Promise<boolean> {
    const { failures } = this.database;
    const wide = failures !== this.failuresOvercome;
    try {
      await this.database.write(
        `INSERT INTO duty (name, holder, due_at) VALUES ($1, $2, now_ms())
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, due_at = excluded.due_at`,
        [ROW, wide ? randomBytes(WIDE_BYTES).toString('hex') : ''],
      );
      if (wide) this.failuresOvercome = failures;
      return true;
    } catch {
      return false;
    }
  }
}
