/** Settings that cannot be used: every fault that was found, by variable. */
export class SettingsFault extends Error {
  constructor(readonly faults: readonly { variable: string; message: string }[]) {
    super(faults.map(({ variable, message }) => `${variable}: ${message}`).join('\n'));
    this.name = 'SettingsFault';
  }
}

/** Collects faults. Only the first fault of a variable counts, because later ones may be its consequences. */
export class Faults {
  private readonly byVariable = new Map<string, readonly string[]>();

  /** @param messages several when one check finds several faults, such as in different files. */
  add(variable: string, ...messages: readonly string[]): void {
    if (!this.byVariable.has(variable)) this.byVariable.set(variable, messages);
  }

  /** @throws SettingsFault when there is at least one fault. */
  throwIfAny(): void {
    const faults = [...this.byVariable].flatMap(([variable, messages]) =>
      messages.map((message) => ({ variable, message })),
    );
    if (faults.length > 0) throw new SettingsFault(faults);
  }
}
