import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Database } from './database';

/**
 * The shortest time between the starts of two writes, in milliseconds. So any number of probes causes at most five
 * writes a second.
 */
const SPACING_MS = 200;
/**
 * The random bytes of a large write. It adds as much to the file as a group of requests, two hexadecimal digits a byte.
 */
const LARGE_BYTES = 32 * 1024;
/** The name of the one row that all probes write, so that no table grows. No duty has this name. */
const ROW = 'readiness';

/**
 * Checks that the database accepts writes, by writing. A read would not be enough: it also succeeds with a full disk, a
 * read-only file or a standby server.
 *
 * Probes share writes. A probe gets the result of the next write that begins, never an older result.
 */
export class Readiness {
  private next: Promise<boolean> | null = null;
  private last: Promise<unknown> = Promise.resolve();
  /** The value of `database.failures` when a large write last succeeded. */
  private failuresAtLargeWrite = 0;

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
   * On an almost full disk a small write can succeed where the write of a request fails, because it fits in a page or a
   * log that is not quite full. So after a failure, a probe writes as much as a group of requests until that succeeds.
   */
  private async write(): Promise<boolean> {
    const { failures } = this.database;
    const large = failures !== this.failuresAtLargeWrite;
    try {
      await this.database.write(
        `INSERT INTO duty (name, holder, due_at) VALUES ($1, $2, now_ms())
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, due_at = excluded.due_at`,
        [ROW, large ? randomBytes(LARGE_BYTES).toString('hex') : ''],
      );
      if (large) this.failuresAtLargeWrite = failures;
      return true;
    } catch {
      return false;
    }
  }
}
