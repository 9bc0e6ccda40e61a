/** Reads a value that the browser keeps. Where storage is not available, as in some private windows, it is null. */
export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps a value, or removes it for null. Without storage, nothing is kept. */
export function store(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // The page works without a memory.
  }
}
