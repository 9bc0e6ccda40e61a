import { type Channel } from '../recipients/channel';

/**
 * Why a value cannot be used. The message completes a sentence that begins with the name of the variable
 * ("must be a whole number from 1 to 20"). It never repeats the value, because the value may be secret.
 */
export class Fault {
  constructor(readonly message: string) {}
}

/** What every setting declares, whatever its kind. */
export interface About {
  /** For the reference: what the setting does and when to change it. Markdown, without line breaks. */
  description: string;
  /** The default in the reference, if the value does not show it ("the region's own host"). */
  defaultText?: string;
  /**
   * When the setting is required. `VARIABLE=value`: when the list in VARIABLE contains value. `VARIABLE`:
   * when VARIABLE is set. One matching entry is enough.
   */
  requiredBy?: readonly string[];
  /** The variable without which this setting has no effect. Setting only this one is then a fault. */
  onlyWith?: string;
  /** The channel of the setting, if its group has settings of both channels: see `Group.channel`. */
  channel?: Channel;
}

/** One environment variable: how it is written, parsed and explained. */
export interface Setting<T> extends About {
  /** How a value is written: "whole number, 1 to 20". */
  form: string;
  default: T;
  /** Replaces `default` unless NODE_ENV is `production`. */
  developmentDefault?: T;
  /** The value must not appear in a log, an error or the report of the doctor. */
  secret: boolean;
  /**
   * Other programs (Node, the AWS SDK) read the variable too, and they do not ignore spaces around the value.
   */
  verbatim?: boolean;
  /**
   * Parses a value that is not empty. It returns a Fault instead of throwing, so that all faults are reported
   * at once.
   */
  parse(text: string): T | Fault;
}

type AnySettings = Record<string, Setting<unknown>>;

/** Settings that the reference explains together. */
export interface Group<S extends AnySettings = AnySettings> {
  title: string;
  /** Markdown above the settings of the group. */
  intro?: string;
  /** The channel of the settings. While it is switched off (`none`), their faults are ignored. */
  channel?: Channel;
  settings: S;
}

export function group<S extends AnySettings>(about: Omit<Group, 'settings'>, settings: S): Group<S> {
  return { ...about, settings };
}

/** The values of a group by the name of the variable. */
export type ValuesOf<G extends Group> = {
  [V in keyof G['settings']]: G['settings'][V] extends Setting<infer T> ? T : never;
};
