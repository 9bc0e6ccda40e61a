import { CodeField } from './code-field.js';
import { create, setAttribute, setText } from './dom.js';
import { type Flow } from './flow.js';
import { formatTime } from './format-time.js';
import { type ViewActions, type ViewContext } from './view.types.js';

/** The form with the field of the code. */
export class CodeView {
  readonly field: CodeField;
  private readonly sentTo = create('p', { part: 'sent-to' });
  private readonly change = create('button', { type: 'button', part: 'link change' });
  private readonly label = create('label', { for: 'code', part: 'label' });
  private readonly hint = create('span', { id: 'code-hint', class: 'hidden' });
  private readonly error = create('p', { id: 'code-error', part: 'error', role: 'alert' });
  private readonly submit = create('button', { type: 'submit', part: 'button' });
  private readonly delivery = create('span', { part: 'delivery' });
  private readonly expiry = create('span', { part: 'expiry' });
  private readonly resend = create('button', { type: 'button', part: 'link resend' });
  private readonly failure = create('p', { part: 'failure', role: 'alert' });
  private readonly other = create('button', { type: 'button', part: 'link other' });
  readonly root: HTMLFormElement;

  constructor(actions: ViewActions) {
    this.field = new CodeField(actions.typed, actions.verify);
    this.root = create(
      'form',
      { part: 'form', novalidate: '' },
      create('div', { class: 'row' }, this.sentTo, this.change),
      this.failure,
      this.label,
      this.field.root,
      this.hint,
      this.error,
      this.submit,
      create(
        'div',
        { class: 'row' },
        create('span', { class: 'state' }, this.delivery, this.expiry),
        this.resend,
      ),
      this.other,
    );
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.submit.ariaDisabled === 'true') return;
      if (this.submit.value === 'renew') actions.renew();
      else actions.verify(this.field.value);
    });
    this.change.addEventListener('click', () => actions.change());
    this.resend.addEventListener('click', () => {
      if (this.resend.ariaDisabled !== 'true') actions.resend();
    });
    this.other.addEventListener('click', () => actions.change(this.other.value as 'email' | 'sms'));
  }

  /** Shows the human check above the button. */
  place(humanCheck: Node): void {
    this.submit.before(humanCheck);
  }

  render(flow: Flow, context: ViewContext): void {
    const { verification, ended } = flow;
    if (!verification) return;
    const { texts, describe, disabled, offline, humanCheck } = context;
    const isBusy = flow.running !== null && !humanCheck;
    setText(
      this.sentTo,
      texts.sentTo.replace('{recipient}', () => verification.recipient),
    );
    setText(this.change, flow.channel === 'email' ? texts.changeEmail : texts.changePhoneNumber);
    setText(this.label, texts.code);
    setText(this.hint, texts.codeHint);
    this.field.render(verification.codeLength, flow.refusal !== null, isBusy || ended, disabled);
    setText(this.error, flow.refusal ? describe(flow.refusal) : offline ? texts.offline : '');
    this.submit.value = ended ? 'renew' : 'verify';
    setText(this.submit, ended ? texts.newCode : texts.verify);
    setAttribute(this.submit, 'aria-disabled', isBusy ? 'true' : null);
    setAttribute(
      this.submit,
      'data-busy',
      flow.running === 'verify' || flow.running === 'request' ? '' : null,
    );
    this.submit.disabled = disabled;
    this.renderMessage(flow, context);
    this.renderResend(flow, context, isBusy);
  }

  /** What is known about the message. */
  private renderMessage(flow: Flow, { texts, channels }: ViewContext): void {
    const { status, failure } = flow.verification!.delivery;
    const hasFailed = status === 'FAILED' && !flow.ended;
    setText(this.failure, hasFailed && failure ? texts[`failure.${failure}`] : '');
    this.delivery.hidden = flow.ended;
    setAttribute(this.delivery, 'data-status', status);
    setText(this.delivery, texts[`delivery.${status}`]);
    this.expiry.hidden = flow.ended;
    setText(this.expiry, texts.validFor.replace('{time}', formatTime(flow.expiry.leftMs)));
    const other = channels.find((one) => one !== flow.channel);
    this.other.hidden = other === undefined;
    this.other.value = other ?? '';
    setText(this.other, other === 'sms' ? texts.useSms : texts.useEmail);
  }

  private renderResend(flow: Flow, { texts, disabled }: ViewContext, isBusy: boolean): void {
    const leftMs = flow.resendPause.leftMs;
    this.resend.hidden = flow.ended;
    setText(this.resend, leftMs > 0 ? texts.resendIn.replace('{time}', formatTime(leftMs)) : texts.resend);
    setAttribute(this.resend, 'aria-disabled', isBusy || leftMs > 0 ? 'true' : null);
    this.resend.disabled = disabled;
  }
}
