import { type ReadResult } from './client.types.js';
import { Deadline } from './deadline.js';
import { type CallBounds } from './transport.js';
import { type Verification } from './verification.types.js';
import { wait } from './wait.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;
const GROWTH = 1.5;
const READ_DEADLINE_MS = 10_000;

/**
 * Yields the verification at once and after each change, until its message or itself is settled or the signal is
 * aborted.
 *
 * @param read reads the verification once.
 */
export async function* watchDelivery(
  read: (bounds: CallBounds) => Promise<ReadResult>,
  signal?: AbortSignal,
): AsyncGenerator<Verification, void, void> {
  let last: Verification | null = null;
  let life = new Deadline(READ_DEADLINE_MS);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS)) {
    const deadline = new Deadline(Math.min(READ_DEADLINE_MS, life.leftMs));
    const result = await readOrAbort(read, { deadline, signal });
    if (!result || (!result.ok && result.reason === 'NOT_FOUND')) return;
    if (result.ok) {
      const { verification } = result;
      if (!last || hasChanged(last, verification)) yield (last = verification);
      if (isSettled(verification)) return;
      life = new Deadline((verification.expiresInSeconds + 1) * 1000);
    }
    // A server that does not answer any more is asked until the code has expired.
    if (life.leftMs === 0) return;
    await wait(pauseMs, signal);
    await untilVisible(signal);
    if (signal?.aborted) return;
  }
}

/** Null when the signal is aborted. */
async function readOrAbort(
  read: (bounds: CallBounds) => Promise<ReadResult>,
  bounds: CallBounds,
): Promise<ReadResult | null> {
  try {
    return await read(bounds);
  } catch (error) {
    if (bounds.signal?.aborted) return null;
    throw error;
  }
}

function hasChanged(last: Verification, now: Verification): boolean {
  return (
    last.status !== now.status ||
    last.attemptsRemaining !== now.attemptsRemaining ||
    last.resendAvailableAt !== now.resendAvailableAt ||
    last.delivery.status !== now.delivery.status ||
    last.delivery.failure !== now.delivery.failure
  );
}

function isSettled({ status, delivery }: Verification): boolean {
  return status !== 'PENDING' || delivery.status === 'DELIVERED' || delivery.status === 'FAILED';
}

/** Waits while the page is hidden. Outside a browser it ends at once. */
function untilVisible(signal?: AbortSignal): Promise<void> {
  const { document } = globalThis as { document?: Document };
  return new Promise((resolve) => {
    if (!document?.hidden || signal?.aborted) return resolve();
    const check = () => {
      if (document.hidden && !signal?.aborted) return;
      document.removeEventListener('visibilitychange', check);
      signal?.removeEventListener('abort', check);
      resolve();
    };
    document.addEventListener('visibilitychange', check);
    signal?.addEventListener('abort', check);
  });
}
