/** `YYYY-MM-DD HH:mm:ss` as SENS lists it. */
export function koreanTime(epochMs: number): string {
  return new Date(epochMs + 9 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}
