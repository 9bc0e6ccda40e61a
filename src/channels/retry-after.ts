import { DAY_MS } from '../shared/clock';
import { type ProviderAnswer } from './provider-connection';

/**
 * Reads the pause that an answer's `Retry-After` requires, in milliseconds: seconds, or a date (RFC 9110, section
 * 10.2.3). A date is compared with the date of the answer, so the clocks may differ, and with `nowMs` when the answer has
 * no date.
 *
 * @returns at most a day, because no code is valid for longer; undefined when no pause is required.
 */
export function readRetryAfterMs(headers: ProviderAnswer['headers'], nowMs: number): number | undefined {
  const value = headers['retry-after']?.trim() ?? '';
  const answeredAt = Date.parse(headers.date ?? '');
  const pauseMs = /^\d+$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - (Number.isNaN(answeredAt) ? nowMs : answeredAt);
  return pauseMs > 0 ? Math.min(pauseMs, DAY_MS) : undefined;
}
