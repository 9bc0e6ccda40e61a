/** Settings that cannot be used: every fault that was found, each variable once. */
export class SettingsFault extends Error {
  constructor(readonly faults: readonly { variable: string; message: string }[]) {
    super(faults.map(({ variable, message }) => `${variable}: ${message}`).join('\n'));
    this.name = 'SettingsFault';
  }
}

/** Collects faults. A variable's first fault is kept: whatever is found after it may only be its consequence. */
export class Faults {
  private readonly byVariable = new Map<string, string>();

  add(variable: string, message: string): void {
    if (!this.byVariable.has(variable)) this.byVariable.set(variable, message);
  }

  has(variable: string): boolean {
    return this.byVariable.has(variable);
  }

  /** @throws SettingsFault when there is at least one fault. */
  throwIfAny(): void {
    const faults = [...this.byVariable].map(([variable, message]) => ({ variable, message }));
    if (faults.length > 0) throw new SettingsFault(faults);
  }
}
