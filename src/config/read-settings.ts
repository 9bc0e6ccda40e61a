import { entriesOf, NONE } from './kinds';
import { Fault, type Group, type Setting, type ValuesOf } from './setting';
import { type Faults } from './settings-fault';
import { type UnknownName } from './unknown-names';

/** Reads declared settings from environment variables. For a value with a fault it returns the default. */
export class SettingsReader {
  readonly production: boolean;

  constructor(
    private readonly variables: NodeJS.ProcessEnv,
    private readonly faults: Faults,
    private readonly unknownNames: readonly UnknownName[],
  ) {
    this.production = variables['NODE_ENV'] === 'production';
  }

  /** The values of every group, by the names of the group and the variable. */
  readAll<G extends Record<string, Group>>(groups: G): { [N in keyof G]: ValuesOf<G[N]> } {
    const read = Object.entries(groups).map(([name, group]) => [name, this.readGroup(group)]);
    return Object.fromEntries(read) as { [N in keyof G]: ValuesOf<G[N]> };
  }

  private readGroup(group: Group): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const [variable, setting] of Object.entries(group.settings))
      values[variable] = this.read(variable, setting, setting.channel ?? group.channel);
    return values;
  }

  private read(variable: string, setting: Setting<unknown>, channel: Setting<unknown>['channel']): unknown {
    const { default: inProduction, developmentDefault = inProduction } = setting;
    const fallback = this.production ? inProduction : developmentDefault;
    const value = this.parse(variable, setting);
    if (!(value instanceof Fault)) return value ?? fallback;
    const switchedOff = channel !== undefined && this.text(`${channel}_PROVIDER`) === NONE;
    if (!switchedOff) this.faults.add(variable, value.message);
    return fallback;
  }

  /** Undefined when the variable is not set. That itself may be a fault. */
  private parse(variable: string, setting: Setting<unknown>): unknown {
    const text = setting.verbatim ? (this.variables[variable] ?? '') : this.text(variable);
    const misread = misreadingOf(text);
    if (misread !== null) return new Fault(misread);
    if (text === '') {
      const requirement = setting.requiredBy?.find((one) => this.holds(one));
      return requirement === undefined ? undefined : this.missing(variable, requirement);
    }
    if (setting.onlyWith !== undefined && this.text(setting.onlyWith) === '')
      return new Fault(`has no effect without ${setting.onlyWith}: set that one too, or remove this one`);
    return setting.parse(text);
  }

  private missing(variable: string, requirement: string): Fault {
    const misspelled = this.unknownNames.find(({ likely }) => likely === variable);
    const hint = misspelled ? ` (${misspelled.variable} is set; perhaps ${variable} was meant)` : '';
    return new Fault(`is required by ${requirement}${hint}`);
  }

  /** Whether a requirement (`VARIABLE` or `VARIABLE=entry`) holds. */
  private holds(requirement: string): boolean {
    const [variable = '', entry] = requirement.split('=');
    const text = this.text(variable);
    return entry === undefined ? text !== '' : entriesOf(text).includes(entry);
  }

  private text(variable: string): string {
    return this.variables[variable]?.trim() ?? '';
  }
}

/** Returns the fault of a value that was probably not meant as written, or null. */
function misreadingOf(text: string): string | null {
  if (text !== text.trim())
    return 'must not begin or end with spaces: other programs read this variable too and keep them';
  if (/^(["'])[^]*\1$/.test(text))
    return 'must not be in quotation marks: they become part of the value (docker --env-file keeps them)';
  // A list may be written over several lines, with line breaks at the commas.
  return CONTROL_CHARACTERS.test(text.replace(/\s*,\s*/g, ','))
    ? 'must not contain line breaks or other control characters'
    : null;
}

const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
