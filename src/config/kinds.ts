import { type About, Fault, type Setting } from './setting';

interface IntegerRange {
  min: number;
  max: number;
  unit?: string;
  /** 0 is allowed besides the range. The description says what it means. */
  orZero?: boolean;
}

/** A whole number in decimal digits. Other notations (`1e3`, `0x10`, full-width digits) are refused. */
export function integer(
  about: About & IntegerRange & { default: number; developmentDefault?: number },
): Setting<number> {
  return { ...about, ...wholeNumber(about) };
}

/** A whole number whose default depends on other settings: null when it is not set. */
export function optionalInteger(
  about: About & IntegerRange & { defaultText: string },
): Setting<number | null> {
  return { ...about, default: null, ...wholeNumber(about) };
}

function wholeNumber({ min, max, unit, orZero = false }: IntegerRange) {
  const zero = orZero ? ', or 0' : '';
  const range = `${min} to ${max}${zero}`;
  const allowed = (value: number) => (value >= min && value <= max) || (orZero && value === 0);
  return {
    form: `whole number${unit ? ` of ${unit}` : ''}, ${range}`,
    secret: false,
    parse: (text: string) => {
      const inRange = /^\d+$/.test(text) && allowed(Number(text));
      return inRange ? Number(text) : new Fault(`must be a whole number from ${range}, in digits`);
    },
  };
}

/** `on` or `off`, off by default. */
export function flag(about: About & { default?: boolean; developmentDefault?: boolean }): Setting<boolean> {
  return {
    default: false,
    ...about,
    form: '`on` or `off`',
    secret: false,
    parse: (text) => {
      if (['1', 'true', 'on', 'yes'].includes(text.toLowerCase())) return true;
      if (['0', 'false', 'off', 'no'].includes(text.toLowerCase())) return false;
      return new Fault('must be on or off');
    },
  };
}

/** One of a few words. */
export function choice<const T extends string>(
  about: About & { choices: readonly T[]; default: T; developmentDefault?: T; verbatim?: boolean },
): Setting<T> {
  return { ...about, ...oneOf(about.choices) };
}

/** One of a few words, whose default does not depend on settings alone: null when it is not set. */
export function optionalChoice<const T extends string>(
  about: About & { defaultText: string; choices: readonly T[] },
): Setting<T | null> {
  return { ...about, default: null, ...oneOf(about.choices) };
}

function oneOf<T extends string>(choices: readonly T[]) {
  return {
    form: `one of ${choices.map(quoted).join(', ')}`,
    secret: false,
    parse: (text: string) =>
      choices.includes(text as T) ? (text as T) : new Fault(`must be exactly one of ${choices.join(', ')}`),
  };
}

interface TextAbout extends About {
  /** The form of a value in the reference; "text" by default. */
  form?: string;
  secret?: boolean;
  verbatim?: boolean;
  /** The pattern that a value must match, and the message for a value that does not. */
  pattern?: RegExp;
  patternMessage?: string;
}

/** A text. It is converted to Unicode's composed form, because keyboards produce different forms. */
export function text(about: TextAbout & { default: string }): Setting<string>;
export function text(about: TextAbout): Setting<string | null>;
export function text(about: TextAbout & { default?: string }): Setting<string | null> {
  const { pattern, patternMessage = 'does not have the required form' } = about;
  return {
    default: null,
    form: 'text',
    secret: false,
    ...about,
    parse: (given) => {
      const value = given.normalize('NFC');
      return pattern && !pattern.test(value) ? new Fault(patternMessage) : value;
    },
  };
}

/** A setting with its own parser. */
export function special<T>(
  about: About & {
    form: string;
    default: T;
    secret?: boolean;
    verbatim?: boolean;
    parse: (text: string) => T | Fault;
  },
): Setting<T> {
  return { secret: false, ...about };
}

/** Entries separated by commas, each parsed by `entry`. */
export function list<T>(
  about: About & {
    /** The form of one entry in the reference. */
    form: string;
    default: readonly T[];
    secret?: boolean;
    entry: (text: string) => T | Fault;
  },
): Setting<readonly T[]> {
  return {
    secret: false,
    ...about,
    form: `list: ${about.form}`,
    parse: (text) => readEntries(text, about.entry),
  };
}

/** Parses the entries of a list. The Fault names every distinct reason. */
export function readEntries<T>(text: string, read: (entry: string) => T | Fault): T[] | Fault {
  const values: T[] = [];
  const reasons = new Set<string>();
  for (const entry of entriesOf(text)) {
    const value = read(entry);
    if (value instanceof Fault) reasons.add(value.message);
    else values.push(value);
  }
  if (new Set(values).size < values.length) reasons.add('contains an entry twice');
  return reasons.size > 0 ? new Fault([...reasons].join('; ')) : values;
}

/** Splits a comma-separated list. Empty entries are ignored. */
export function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
}

/**
 * The providers of a channel in their order of failover. An empty list means that the channel is switched
 * off.
 */
export function providers<T extends string>(
  about: About & { choices: readonly T[]; default: readonly T[] },
): Setting<readonly T[]> {
  const { choices } = about;
  return {
    ...about,
    form: `\`none\`, or a list of ${choices.map(quoted).join(', ')}`,
    secret: false,
    parse: (text) => {
      if (text === NONE) return [];
      const names = entriesOf(text);
      if (names.includes(NONE)) return new Fault('none switches the channel off and must be the only entry');
      if (!names.every((name) => choices.includes(name as T)))
        return new Fault(`must be none or a list of ${choices.join(', ')}`);
      if (new Set(names).size < names.length) return new Fault('contains a provider twice');
      return names as T[];
    },
  };
}

/** As the only entry of a list of providers, it switches the channel off. */
export const NONE = 'none';

const quoted = (word: string) => `\`${word}\``;
