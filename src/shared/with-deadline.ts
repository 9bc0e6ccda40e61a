/**
 * Does work that is told to stop after `ms`. Not by `AbortSignal.timeout`, whose signal lives on until then however soon
 * the work is done: at a thousand messages a second and ten seconds for each, ten thousand signals would be alive.
 */
export async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const late = () => controller.abort(new DOMException('the call took too long', 'TimeoutError'));
  const timer = setTimeout(late, ms).unref();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
