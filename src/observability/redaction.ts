/** Fields that contain a code, a text with a code, a recipient or a credential, in whatever object they are. */
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
/**
 * Objects that are nested deeper than this are cut off. Nothing here logs them, and the limit also ends
 * cycles.
 */
const DEPTH = 3;

/**
 * Returns what may be logged of an object: the object itself if it contains no secret, otherwise a copy
 * without the secrets. Pino's own `redact` is not used because it takes paths, and cannot match a name at any
 * depth.
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

/**
 * The logger serializes errors itself, and their fields are then redacted here. Dates and bytes have their
 * own form.
 */
function shownValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || 'toJSON' in value)
    return value;
  return depth === 0 ? CENSORED : redacted(value, depth - 1);
}
