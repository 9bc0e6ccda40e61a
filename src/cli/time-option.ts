import { Misuse } from './misuse';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const DAY_MS = 86_400_000;

/** What an option means as a time, in epoch milliseconds: a moment, or a day from its start to its end. */
export interface TimeSpan {
  startMs: number;
  endMs: number;
}

/**
 * Reads a date, which is the whole day in UTC, or an ISO 8601 time with a zone.
 *
 * @throws Misuse naming the option.
 */
export function readTimeOption(option: string, text: string): TimeSpan {
  const startMs = momentOf(text);
  if (startMs === null)
    throw new Misuse(
      `${option} must be a date such as 2026-01-31, or a time with a zone such as 2026-01-31T09:00:00+09:00`,
    );
  return { startMs, endMs: DATE.test(text) ? startMs + DAY_MS : startMs };
}

function momentOf(text: string): number | null {
  const [, date = text] = TIME.exec(text) ?? [];
  if (!DATE.test(date)) return null;
  // JavaScript reads the 30th of February as the 2nd of March.
  const day = new Date(date);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, date.length) !== date) return null;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? null : moment;
}
