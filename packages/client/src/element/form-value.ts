/** The element as a field of a form: its value is the proof. */
export class FormValue {
  proof: string | null = null;

  /** @param field is shown by the browser when the form cannot be submitted. */
  constructor(
    private readonly internals: ElementInternals,
    private readonly field: () => HTMLElement,
  ) {}

  set(proof: string): void {
    this.proof = proof;
    this.internals.setFormValue(proof);
  }

  clear(): void {
    this.proof = null;
    this.internals.setFormValue(null);
  }

  /** @param required the message of a field that is required; null if the element is not. */
  validate(required: string | null): void {
    const isMissing = required !== null && this.proof === null;
    if (isMissing) this.internals.setValidity({ valueMissing: true }, required, this.field());
    else this.internals.setValidity({});
    const states = (this.internals as { states?: Set<string> }).states;
    // Old browsers throw for a state without dashes or do not have states.
    if (this.proof !== null) states?.add('verified');
    else states?.delete('verified');
  }
}
