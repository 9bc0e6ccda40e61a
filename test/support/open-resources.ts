/** What tests have started and not closed yet, with the way to close it, oldest first. */
const open = new Map<object, () => unknown>();

export function trackOpen(resource: object, close: () => unknown): void {
  open.set(resource, close);
}

export function trackClosed(resource: object): void {
  open.delete(resource);
}

/** Closes what a failed test left open, newest first. One that cannot be closed does not keep the others open. */
export async function closeLeftovers(): Promise<void> {
  for (const [resource, close] of [...open].reverse()) {
    open.delete(resource);
    await Promise.resolve()
      .then(close)
      .catch(() => undefined);
  }
}
