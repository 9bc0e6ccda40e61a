import { create, setAttribute } from './dom.js';
import { codeIn, digitsOf } from './read-code.js';

/**
 * The field of the code: one text field for keyboards, screen readers, paste and autofill, above cells that show its
 * digits.
 */
export class CodeField {
  readonly input = create('input', {
    id: 'code',
    part: 'input code',
    type: 'text',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    autocapitalize: 'none',
    spellcheck: 'false',
    'aria-describedby': 'code-hint code-error',
  });
  private readonly cells = create('div', { class: 'cells', 'aria-hidden': 'true' });
  readonly root = create('div', { class: 'code-field', part: 'code-field' }, this.cells, this.input);
  private length = 0;

  /** @param complete is called with each complete code, once for each change. */
  constructor(
    private readonly typed: () => void,
    private readonly complete: (code: string) => void,
  ) {
    this.input.addEventListener('paste', (event) => this.paste(event));
    this.input.addEventListener('input', (event) => {
      // An input method has not finished the character yet.
      if (!(event as InputEvent).isComposing) this.accept();
    });
    this.input.addEventListener('compositionend', () => this.accept());
    for (const name of ['keyup', 'click', 'focus', 'blur', 'select'])
      this.input.addEventListener(name, () => this.renderCells());
  }

  get value(): string {
    return this.input.value;
  }

  /** Fills in a code, as the browser or the clipboard has it. */
  fill(text: string): void {
    const code = codeIn(text, this.length);
    if (code === null) return;
    this.show(code);
    this.typed();
    this.complete(code);
  }

  clear(): void {
    this.show('');
  }

  render(length: number, isInvalid: boolean, isReadOnly: boolean, isDisabled: boolean): void {
    if (length !== this.length) {
      this.length = length;
      this.cells.replaceChildren(...Array.from({ length }, () => create('span', { part: 'cell' })));
      this.renderCells();
    }
    setAttribute(this.input, 'aria-invalid', isInvalid ? 'true' : null);
    this.input.readOnly = isReadOnly;
    this.input.disabled = isDisabled;
  }

  private paste(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData('text') ?? '';
    if (this.input.readOnly || codeIn(text, this.length) === null) return;
    event.preventDefault();
    this.fill(text);
  }

  /** Keeps the digits of what was typed or filled in, which may be a whole message. */
  private accept(): void {
    const { value, selectionStart } = this.input;
    const before = this.input.dataset.code ?? '';
    const code = codeIn(value, this.length) ?? digitsOf(value).slice(0, this.length);
    const position = digitsOf(value.slice(0, selectionStart ?? value.length)).length;
    this.show(code);
    this.input.setSelectionRange(position, position);
    if (code === before) return;
    this.typed();
    if (code.length === this.length) this.complete(code);
  }

  private show(code: string): void {
    this.input.value = code;
    this.input.dataset.code = code;
    this.renderCells();
  }

  private renderCells(): void {
    const { value } = this.input;
    const root = this.input.getRootNode() as ShadowRoot | Document;
    const isFocused = root.activeElement === this.input;
    const active = Math.min(this.input.selectionStart ?? value.length, this.length - 1);
    Array.from(this.cells.children).forEach((cell, index) => {
      cell.textContent = value[index] ?? '';
      setAttribute(cell, 'data-active', isFocused && index === active ? '' : null);
    });
  }
}
