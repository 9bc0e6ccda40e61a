import { CodeView } from './code-view.js';
import { create, setAttribute, setText } from './dom.js';
import { type Flow } from './flow.js';
import { type Step } from './flow.types.js';
import { RecipientView } from './recipient-view.js';
import { type ViewActions, type ViewContext } from './view.types.js';

/** Everything in the shadow root. Its content is a function of the flow. */
export class View {
  readonly recipient: RecipientView;
  readonly code: CodeView;
  private readonly verified = create('p', { part: 'verified', tabindex: '-1' });
  /** Screen readers read what appears here. */
  private readonly status = create('p', { class: 'hidden', role: 'status' });
  private readonly humanCheck = create('slot', { name: 'human-check' });
  private shown: Step | null = null;

  constructor(
    private readonly root: ShadowRoot,
    actions: ViewActions,
  ) {
    this.recipient = new RecipientView(actions);
    this.code = new CodeView(actions);
    // Until the texts are loaded, only the field of the recipient is shown.
    this.code.root.hidden = true;
    this.verified.hidden = true;
    const steps = create('div', { part: 'container' }, this.recipient.root, this.code.root, this.verified);
    this.root.append(steps, this.status);
  }

  render(flow: Flow, context: ViewContext): void {
    const hadFocus = this.root.activeElement !== null;
    this.recipient.root.hidden = flow.step !== 'recipient';
    this.code.root.hidden = flow.step !== 'code';
    this.verified.hidden = flow.step !== 'verified';
    this.recipient.render(flow, context);
    this.code.render(flow, context);
    const { recipient = '' } = flow.verification ?? {};
    setText(
      this.verified,
      context.texts.verified.replace('{recipient}', () => recipient),
    );
    setText(this.status, this.announcement(flow, context));
    setAttribute(this.root.host, 'aria-busy', flow.running && !context.humanCheck ? 'true' : null);
    if (flow.step === this.shown) return;
    if (flow.step !== 'verified') this.code.field.clear();
    this[flow.step === 'code' ? 'code' : 'recipient'].place(this.humanCheck);
    // Only a user who was in the element is moved; a page that is loaded again keeps its focus.
    if (this.shown !== null && hadFocus) this.focus(flow.step);
    this.shown = flow.step;
  }

  /** Moves the focus to what the user has to do next. */
  focus(step: Step): void {
    const target = { recipient: this.recipient.field, code: this.code.field.input, verified: this.verified };
    target[step].focus();
  }

  private announcement({ step, running, resent, verification, ended }: Flow, { texts }: ViewContext): string {
    if (running && running !== 'restore') return texts.busy;
    if (!verification || step === 'recipient') return '';
    if (step === 'verified') return texts.verified.replace('{recipient}', () => verification.recipient);
    if (ended) return '';
    const { status } = verification.delivery;
    const state = status === 'FAILED' ? '' : texts[`delivery.${status}`];
    const first = resent ? texts.resent : texts.sentTo.replace('{recipient}', () => verification.recipient);
    return `${first} ${state}`;
  }
}
