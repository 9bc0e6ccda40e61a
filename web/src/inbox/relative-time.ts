const WORDS = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** Returns `just now`, `12 seconds ago`, `3 hours ago`, or the date and time of what is older than a day. */
export function relativeTime(iso: string): string {
  const seconds = Math.round((new Date(iso).getTime() - Date.now()) / 1000);
  if (seconds > -10) return 'just now';
  if (seconds > -60) return WORDS.format(seconds, 'second');
  if (seconds > -3_600) return WORDS.format(Math.round(seconds / 60), 'minute');
  if (seconds > -86_400) return WORDS.format(Math.round(seconds / 3_600), 'hour');
  return new Date(iso).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
}
