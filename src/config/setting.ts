import { type Channel } from '../recipients/channel';

/**
 * Why a value cannot be used. The message completes the sentence that begins with the variable's name ("must be a
 * whole number from 1 to 20") and never repeats the value, because the value may be secret.
 */
export class Fault {
  constructor(readonly message: string) {}
}

/** What every setting declares, whatever its kind. */
export interface About {
  /** For the reference: what the setting does, when to change it. Markdown, without line breaks. */
  description: string;
  /** How the reference writes the default when the value does not say it ("the region's own host"). */
  defaultText?: string;
  /**
   * When the setting must be set. `VARIABLE=value`: when the list in VARIABLE contains value. `VARIABLE`: when VARIABLE
   * is set. One that holds is enough.
   */
  requiredBy?: readonly string[];
  /** The variable without which this setting has no effect, so that setting it alone is a fault. */
  onlyWith?: string;
  /** The channel that the setting serves, where its group serves both: see `Group.channel`. */
  channel?: Channel;
}

/** One environment variable: how it is written, read and explained. */
export interface Setting<T> extends About {
  /** How a value is written: "whole number, 1 to 20". */
  form: string;
  default: T;
  /** Replaces `default` unless NODE_ENV is `production`. */
  developmentDefault?: T;
  /** The value must not appear in a log, an error or the report of the doctor. */
  secret: boolean;
  /** Other programs (Node, the AWS SDK) read the variable too, and they do not ignore blanks around the value. */
  verbatim?: boolean;
  /** Reads a value that is not empty. Returns a Fault instead of throwing, so that all faults are reported at once. */
  parse(text: string): T | Fault;
}

type AnySettings = Record<string, Setting<unknown>>;

/** Settings that the reference explains together. */
export interface Group<S extends AnySettings = AnySettings> {
  title: string;
  /** Markdown above the group's table. */
  intro?: string;
  /** The channel that the settings serve: while it is switched off (`none`), nothing about them is a fault. */
  channel?: Channel;
  settings: S;
}

export function group<S extends AnySettings>(about: Omit<Group, 'settings'>, settings: S): Group<S> {
  return { ...about, settings };
}

/** A group's values by variable name. */
export type ValuesOf<G extends Group> = {
  [V in keyof G['settings']]: G['settings'][V] extends Setting<infer T> ? T : never;
};
