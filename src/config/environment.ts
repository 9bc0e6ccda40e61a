/** Settings that cannot be used: every fault found, by variable name. */
export class SettingsFault extends Error {
  constructor(readonly faults: readonly { variable: string; message: string }[]) {
    super(faults.map(({ variable, message }) => `${variable}: ${message}`).join('\n'));
    this.name = 'SettingsFault';
  }
}

/**
 * Reads environment variables and gathers what is wrong with them, so that an operator sees all faults at once. An
 * empty variable counts as absent; a faulty one reads as its default until `finish` throws. Messages never repeat
 * a value: it may be a secret.
 */
export class Environment {
  private readonly faults: { variable: string; message: string }[] = [];

  constructor(private readonly variables: NodeJS.ProcessEnv) {}

  fault(variable: string, message: string): void {
    this.faults.push({ variable, message });
  }

  text(variable: string): string | null {
    const value = this.variables[variable]?.trim();
    return value ? value : null;
  }

  /** A text that must be there; '' stands for the missing one. */
  required(variable: string, why: string): string {
    const value = this.text(variable);
    if (value === null) this.fault(variable, `is required ${why}`);
    return value ?? '';
  }

  integer(variable: string, fallback: number, min: number, max: number): number {
    const value = this.text(variable);
    if (value === null) return fallback;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    this.fault(variable, `must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  flag(variable: string): boolean {
    const value = this.text(variable)?.toLowerCase() ?? 'off';
    if (['1', 'true', 'on', 'yes'].includes(value)) return true;
    if (!['0', 'false', 'off', 'no'].includes(value)) this.fault(variable, 'must be on or off');
    return false;
  }

  list(variable: string): string[] {
    const value = this.text(variable);
    return value === null
      ? []
      : value
          .split(',')
          .map((item) => item.trim())
          .filter(Boolean);
  }

  /** A list of secrets of a least length each. */
  secrets(variable: string, minLength: number): string[] {
    const secrets = this.list(variable);
    if (secrets.some((secret) => secret.length < minLength)) {
      this.fault(variable, `each must be at least ${minLength} characters long`);
    }
    return secrets;
  }

  oneOf<T extends string>(variable: string, choices: readonly T[], fallback: T): T {
    const value = this.text(variable);
    if (value === null) return fallback;
    if (choices.includes(value as T)) return value as T;
    this.fault(variable, `must be one of ${choices.join(', ')}`);
    return fallback;
  }

  /** A list without repetitions out of `choices`, in the order given. */
  someOf<T extends string>(variable: string, choices: readonly T[], fallback: T): T[] {
    const values = this.list(variable);
    if (values.length === 0) return [fallback];
    if (values.some((value) => !choices.includes(value as T))) {
      this.fault(variable, `must be a list out of ${choices.join(', ')}`);
      return [fallback];
    }
    return [...new Set(values)] as T[];
  }

  url(variable: string, protocols: readonly string[]): string | null {
    const value = this.text(variable);
    if (value === null) return null;
    const protocol = URL.canParse(value) ? new URL(value).protocol : '';
    if (protocols.includes(protocol)) return value;
    this.fault(variable, `must be a URL beginning with ${protocols.map((one) => `${one}//`).join(' or ')}`);
    return null;
  }

  /** @throws SettingsFault when anything was wrong. */
  finish(): void {
    if (this.faults.length > 0) throw new SettingsFault(this.faults);
  }
}
