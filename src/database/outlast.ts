import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseUnavailable } from './database-errors';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/**
 * Runs what must not be lost to a database that is away for a while: again and again, until it worked, failed for
 * another reason, or `limitMs` have passed.
 */
export async function outlast<T>(limitMs: number, action: () => Promise<T>): Promise<T> {
  const end = performance.now() + limitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || performance.now() + pauseMs > end) throw error;
      await pause(pauseMs, undefined, { ref: false });
    }
  }
}
