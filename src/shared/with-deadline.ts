/**
 * Does work that is told to stop after `ms`. Not by `AbortSignal.timeout`: its signal lives on until then however soon
 * the work is done, and ten thousand of them, a second's worth of messages times ten, are most of what a collection of
 * garbage has to move.
 */
export async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const late = () => controller.abort(new DOMException('it took too long', 'TimeoutError'));
  const timer = setTimeout(late, ms).unref();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
