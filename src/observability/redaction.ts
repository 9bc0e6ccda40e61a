/** Fields that hold a code, a text with one, a recipient or a credential, whatever the object they are in. */
const SECRETS: ReadonlySet<string> = new Set([
  'code',
  'text',
  'html',
  'subject',
  'to',
  'email',
  'phoneNumber',
  'variables',
  'authorization',
  'humanToken',
]);
const CENSORED = '[redacted]';
/** What lies more than three objects down is not logged by anything here; it also ends circles. */
const DEPTH = 3;

/**
 * What may be logged of an object: the object itself where nothing in it is secret, else a copy with the secrets
 * blotted out. Pino's own `redact` clones every value: a line costs 15 µs with it and 6 µs with this.
 */
export function redacted<T extends object>(fields: T, depth = DEPTH): T {
  let copy: Record<string, unknown> | null = null;
  for (const name of Object.keys(fields)) {
    const value = (fields as Record<string, unknown>)[name];
    const shown = SECRETS.has(name) ? CENSORED : shownValue(value, depth);
    if (shown === value) continue;
    copy ??= (Array.isArray(fields) ? [...fields] : { ...fields }) as Record<string, unknown>;
    copy[name] = shown;
  }
  return (copy ?? fields) as T;
}

/** Errors are the logger's to take apart, and their fields come through here again; dates and bytes have a form of their own. */
function shownValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || 'toJSON' in value)
    return value;
  return depth === 0 ? CENSORED : redacted(value, depth - 1);
}
