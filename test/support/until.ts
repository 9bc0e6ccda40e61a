import { setTimeout as pause } from 'node:timers/promises';

const LONGEST_MS = 15_000;
const STEP_MS = 10;

/**
 * Repeats `ask` until its result is not null. Use it for the results of another process or a provider.
 *
 * @param longestMs how long the pauses between the attempts may take together.
 */
export async function until<T>(ask: () => Promise<T | null> | T | null, longestMs = LONGEST_MS): Promise<T> {
  for (let waited = 0; waited < longestMs; waited += STEP_MS) {
    const answer = await ask();
    if (answer !== null) return answer;
    await pause(STEP_MS);
  }
  throw new Error(`nothing came within ${longestMs} ms`);
}
