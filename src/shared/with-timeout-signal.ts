/**
 * Runs work with a signal that aborts after `ms`. Unlike the signal of `AbortSignal.timeout`, this one is released when
 * the work is done: at a thousand messages a second with ten seconds each, ten thousand signals would be alive.
 */
export async function withTimeoutSignal<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onTimeout = () => controller.abort(new DOMException('it took too long', 'TimeoutError'));
  const timer = setTimeout(onTimeout, ms).unref();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
