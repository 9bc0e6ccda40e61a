import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseUnavailable } from './database-errors';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/**
 * Repeats an action while it throws DatabaseUnavailable, until it succeeds, throws another error, or `limitMs` have
 * passed. Use it for actions that must survive a short failure of the database.
 */
export async function retryWhileUnavailable<T>(limitMs: number, action: () => Promise<T>): Promise<T> {
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
