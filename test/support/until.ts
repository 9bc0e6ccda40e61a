import { setTimeout as pause } from 'node:timers/promises';

const LONGEST_MS = 15_000;
const STEP_MS = 10;

/** Repeats `ask` until its result is not null. Use it for the results of another process or a provider. */
export async function until<T>(ask: () => Promise<T | null> | T | null): Promise<T> {
  for (let waited = 0; waited < LONGEST_MS; waited += STEP_MS) {
    const answer = await ask();
    if (answer !== null) return answer;
    await pause(STEP_MS);
  }
  throw new Error(`nothing came within ${LONGEST_MS} ms`);
}
