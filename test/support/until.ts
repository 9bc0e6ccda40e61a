import { setTimeout as pause } from 'node:timers/promises';

const LONGEST_MS = 15_000;
const STEP_MS = 10;

/** Asks until there is an answer other than null: for what another process or a provider brings about. */
export async function until<T>(ask: () => Promise<T | null> | T | null): Promise<T> {
  for (let waited = 0; waited < LONGEST_MS; waited += STEP_MS) {
    const answer = await ask();
    if (answer !== null) return answer;
    await pause(STEP_MS);
  }
  throw new Error(`nothing came within ${LONGEST_MS} ms`);
}
