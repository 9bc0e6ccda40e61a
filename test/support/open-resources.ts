/** What the tests have started but not closed yet, with a function that closes it, oldest first. */
const open = new Map<object, () => unknown>();

export function trackOpen(resource: object, close: () => unknown): void {
  open.set(resource, close);
}

export function trackClosed(resource: object): void {
  open.delete(resource);
}

/**
 * Closes what a failed test left open, newest first. An error while closing one does not prevent closing the others.
 */
export async function closeLeftovers(): Promise<void> {
  for (const [resource, close] of [...open].reverse()) {
    open.delete(resource);
    await Promise.resolve()
      .then(close)
      .catch(() => undefined);
  }
}
