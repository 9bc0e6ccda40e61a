import { type InboxTexts } from './inbox.texts';

/** Returns `just now`, `12 seconds ago`, `3 hours ago`, or the date and time of what is older than a day. */
export function relativeTime(iso: string, { locale, justNow }: InboxTexts): string {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const seconds = Math.round((new Date(iso).getTime() - Date.now()) / 1000);
  if (seconds > -10) return justNow;
  if (seconds > -60) return words.format(seconds, 'second');
  if (seconds > -3_600) return words.format(Math.round(seconds / 60), 'minute');
  if (seconds > -86_400) return words.format(Math.round(seconds / 3_600), 'hour');
  return new Date(iso).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
}
