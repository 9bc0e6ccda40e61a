import { HOUR_MS, MINUTE_MS } from '../../shared/clock';

type Unit = 'hour' | 'minute' | 'second';

/** How a language writes a duration. */
interface DurationWords {
  amount: (count: number, unit: Unit) => string;
  /** Between hours and minutes. */
  separator: string;
  lessThanASecond: string;
}

/** By language and script. Other languages have the words of Unicode's CLDR. */
const WORDS: Readonly<Record<string, DurationWords>> = {
  'ko-Kore': suffixed({ hour: '시간', minute: '분', second: '초' }, ' ', '1초 미만'),
  'ja-Jpan': suffixed({ hour: '時間', minute: '分', second: '秒' }, '', '1秒未満'),
  'zh-Hans': suffixed({ hour: '小时', minute: '分钟', second: '秒' }, '', '不到1秒'),
  'zh-Hant': suffixed({ hour: '小時', minute: '分鐘', second: '秒' }, '', '不到1秒'),
  'en-Latn': {
    amount: (count, unit) => `${count} ${unit}${count === 1 ? '' : 's'}`,
    separator: ' ',
    lessThanASecond: 'less than a second',
  },
};
const known = new Map<string, DurationWords>();

/**
 * Returns the remaining validity of a code as text: `1 hour 29 minutes`, `59 minutes`, `119 seconds`. It is
 * always rounded down, so that a message never promises more than is left when it is rendered: to whole
 * minutes from two minutes on, below that to whole seconds.
 *
 * @param language a canonical BCP 47 tag.
 */
export function validityText(language: string, leftMs: number): string {
  const { amount, separator, lessThanASecond } = wordsOf(language);
  if (leftMs < 1_000) return lessThanASecond;
  if (leftMs < 2 * MINUTE_MS) return amount(Math.floor(leftMs / 1_000), 'second');
  const hours = Math.floor(leftMs / HOUR_MS);
  const minutes = Math.floor((leftMs % HOUR_MS) / MINUTE_MS);
  if (hours === 0) return amount(minutes, 'minute');
  return minutes === 0
    ? amount(hours, 'hour')
    : `${amount(hours, 'hour')}${separator}${amount(minutes, 'minute')}`;
}

/** Called with languages that have templates, so few are kept. */
function wordsOf(language: string): DurationWords {
  let words = known.get(language);
  if (words === undefined) {
    const { language: name, script } = new Intl.Locale(language).maximize();
    words = WORDS[`${name}-${script}`] ?? wordsOfUnicode(language);
    known.set(language, words);
  }
  return words;
}

function suffixed(units: Record<Unit, string>, separator: string, lessThanASecond: string): DurationWords {
  return { amount: (count, unit) => `${count}${units[unit]}`, separator, lessThanASecond };
}

/** Without no-break spaces, which Korean carriers cannot transmit, and with ASCII digits, as the code has them. */
function wordsOfUnicode(language: string): DurationWords {
  const formatOf = (unit: Unit) =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long', numberingSystem: 'latn' });
  const formats = { hour: formatOf('hour'), minute: formatOf('minute'), second: formatOf('second') };
  const amount = (count: number, unit: Unit) => formats[unit].format(count).replace(/[\u00a0\u202f]/g, ' ');
  return { amount, separator: ' ', lessThanASecond: `< ${amount(1, 'second')}` };
}
