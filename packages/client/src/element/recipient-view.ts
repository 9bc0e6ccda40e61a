import { create, setAttribute, setText } from './dom.js';
import { type Flow } from './flow.js';
import { formatTime } from './format-time.js';
import { type ViewActions, type ViewContext } from './view.types.js';

/** The form with the field of the recipient. */
export class RecipientView {
  readonly field = create('input', {
    id: 'recipient',
    part: 'input recipient',
    'aria-describedby': 'recipient-error',
    autocapitalize: 'none',
    spellcheck: 'false',
  });
  private readonly label = create('label', { for: 'recipient', part: 'label' });
  private readonly error = create('p', { id: 'recipient-error', part: 'error', role: 'alert' });
  private readonly submit = create('button', { type: 'submit', part: 'button' });
  private readonly other = create('button', { type: 'button', part: 'link' });
  readonly root = create(
    'form',
    { part: 'form', novalidate: '' },
    this.label,
    this.field,
    this.error,
    this.submit,
    this.other,
  );

  constructor(actions: ViewActions) {
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.submit.ariaDisabled !== 'true') actions.request(this.field.value);
    });
    this.field.addEventListener('input', () => actions.typed());
    this.other.addEventListener('click', () => actions.change(this.other.value as 'email' | 'sms'));
  }

  /** Shows the human check above the button. */
  place(humanCheck: Node): void {
    this.submit.before(humanCheck);
  }

  render(flow: Flow, { texts, describe, channels, disabled, offline, humanCheck }: ViewContext): void {
    const isEmail = flow.channel === 'email';
    const isBusy = flow.running !== null && !humanCheck;
    setText(this.label, isEmail ? texts.email : texts.phoneNumber);
    setAttribute(this.field, 'type', isEmail ? 'email' : 'tel');
    setAttribute(this.field, 'inputmode', isEmail ? 'email' : 'tel');
    setAttribute(this.field, 'autocomplete', isEmail ? 'email' : 'tel');
    setAttribute(this.field, 'aria-invalid', flow.refusal?.field ? 'true' : null);
    this.field.readOnly = isBusy;
    this.field.disabled = disabled;
    const refusal = flow.refusal ? describe(flow.refusal) : '';
    setText(this.error, humanCheck ? '' : refusal || (offline ? texts.offline : ''));
    const pauseMs = flow.refusal?.reason === 'RATE_LIMITED' ? flow.retryPause.leftMs : 0;
    setText(this.submit, pauseMs > 0 ? `${texts.send} · ${formatTime(pauseMs)}` : texts.send);
    setAttribute(this.submit, 'aria-disabled', isBusy || pauseMs > 0 ? 'true' : null);
    setAttribute(this.submit, 'data-busy', isBusy ? '' : null);
    this.submit.disabled = disabled;
    const other = channels.find((one) => one !== flow.channel);
    this.other.hidden = other === undefined;
    this.other.value = other ?? '';
    setText(this.other, other === 'sms' ? texts.useSms : texts.useEmail);
  }
}
