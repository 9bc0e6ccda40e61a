import { HOUR_MS, MINUTE_MS } from '../../shared/clock';

/**
 * Returns the remaining validity of a code as text: `1 hour 29 minutes`, `59 minutes`, `119 seconds`. It is
 * always rounded down, so that a message never promises more than is left when it is rendered: to whole
 * minutes from two minutes on, below that to whole seconds.
 */
export function validityText(locale: string, leftMs: number): string {
  if (leftMs < 1_000) return locale === 'ko' ? '1초 미만' : 'less than a second';
  if (leftMs < 2 * MINUTE_MS) return amount(locale, Math.floor(leftMs / 1_000), 'second');
  const hours = Math.floor(leftMs / HOUR_MS);
  const minutes = Math.floor((leftMs % HOUR_MS) / MINUTE_MS);
  return [amount(locale, hours, 'hour'), amount(locale, minutes, 'minute')].filter(Boolean).join(' ');
}

const KOREAN = { hour: '시간', minute: '분', second: '초' };

/** Empty for zero. */
function amount(locale: string, count: number, unit: keyof typeof KOREAN): string {
  if (count === 0) return '';
  if (locale === 'ko') return `${count}${KOREAN[unit]}`;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
