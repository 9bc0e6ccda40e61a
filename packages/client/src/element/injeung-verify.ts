import { createOperations } from '../client/create-operations.js';
import { type Operations } from '../client/client.types.js';
import { describeRefusal } from '../texts/describe-refusal.js';
import { languageOf, type TextLanguage } from '../texts/language.js';
import { ENGLISH, loadTexts } from '../texts/load-texts.js';
import { type FormTexts, type ReasonTexts, type Texts } from '../texts/texts.types.js';
import { channelsOf, localeOf, nonceOf } from './attributes.js';
import { Flow } from './flow.js';
import { type FlowEvents } from './flow.types.js';
import { FormValue } from './form-value.js';
import { HumanCheck } from './human-check.js';
import { Memory } from './memory.js';
import { STYLES } from './styles.js';
import { View } from './view.js';
import { type ViewActions } from './view.types.js';
import { receiveCode } from './web-otp.js';

const TICK_MS = 250;
/** A server that renders the page imports the module too, and has no elements. */
const Base =
  (globalThis as { HTMLElement?: typeof HTMLElement }).HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * `<injeung-verify endpoint="…">`: verifies an address or a number, from the field of the recipient to the proof.
 *
 * Attributes: `endpoint`, `channel` (`email`, `sms` or both, separated by a space), `purpose`, `locale`, `nonce`,
 * `recipient`, `human-check` (`turnstile:KEY` or `hcaptcha:KEY`), and `name`, `required` and `disabled` as of every form
 * field. Its form value is the proof. Events: `requested`, `verified`, `failed`.
 */
export class InjeungVerify extends Base {
  static readonly formAssociated = true;
  static readonly observedAttributes = ['endpoint', 'channel', 'purpose', 'locale', 'required'];

  private readonly form: FormValue;
  private readonly view: View;
  private readonly check: HumanCheck;
  private flow: Flow | null = null;
  private memory: Memory | null = null;
  private leaving: AbortController | null = null;
  private otp: AbortController | null = null;
  private isCheckShown = false;
  private isDisabled = false;
  private replaced: Partial<ReasonTexts & FormTexts> = {};
  private loaded: { language: TextLanguage; texts: Texts } | null = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    this.view = new View(root, this.actions());
    this.form = new FormValue(this.attachInternals(), () =>
      this.flow?.step === 'code' ? this.view.code.field.input : this.view.recipient.field,
    );
    this.check = new HumanCheck(this, (isShown) => {
      this.isCheckShown = isShown;
      this.render();
    });
  }

  /** The signed JWT for your back end; null until the user has verified a recipient. */
  get proof(): string | null {
    return this.form.proof;
  }

  /** Texts that replace the built-in ones of the language. */
  get texts(): Partial<ReasonTexts & FormTexts> {
    return this.replaced;
  }
  set texts(texts: Partial<ReasonTexts & FormTexts>) {
    this.replaced = { ...texts };
    this.render();
  }

  /** Cancels the verification and shows the field of the recipient again. */
  reset(): void {
    this.check.close();
    this.form.clear();
    this.flow?.change(channelsOf(this)[0]);
  }

  connectedCallback(): void {
    this.start();
  }

  disconnectedCallback(): void {
    this.leaving?.abort();
    this.otp?.abort();
    this.check.close();
    this.flow?.stop();
    this.flow = null;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.flow || before === after) return;
    if (name === 'required') return this.render();
    this.disconnectedCallback();
    this.start();
  }

  formResetCallback(): void {
    this.reset();
  }

  formDisabledCallback(isDisabled: boolean): void {
    this.isDisabled = isDisabled;
    this.render();
  }

  private start(): void {
    const endpoint = this.getAttribute('endpoint');
    if (!endpoint) throw new Error('<injeung-verify> requires the attribute "endpoint"');
    const client = createOperations({ endpoint, locale: localeOf(this) });
    const memory = new Memory(
      `injeung ${endpoint} ${this.getAttribute('purpose')} ${channelsOf(this).join()}`,
      nonceOf(this) ?? '',
    );
    this.memory = memory;
    this.view.recipient.field.value ||= this.getAttribute('recipient') ?? '';
    this.flow = this.createFlow(client, memory);
    this.listen();
    void this.loadTexts();
    void this.flow.restore();
  }

  private createFlow(client: Operations, memory: Memory): Flow {
    const deps = {
      client,
      memory,
      options: () => ({
        purpose: this.getAttribute('purpose') ?? undefined,
        nonce: nonceOf(this),
      }),
      solveHumanCheck: () => this.check.solve(this.getAttribute('human-check'), this.loaded!.language),
      changed: () => this.render(),
      emit: <Name extends keyof FlowEvents>(name: Name, detail: FlowEvents[Name]) => this.emit(name, detail),
    };
    return new Flow(deps, channelsOf(this)[0]);
  }

  private actions(): ViewActions {
    const act = (action: (flow: Flow) => unknown) => {
      if (this.flow && !this.isDisabled) void action(this.flow);
    };
    return {
      request: (recipient) => act((flow) => this.afterCheck(flow, () => flow.request(recipient))),
      resend: () => act((flow) => this.afterCheck(flow, () => flow.resend())),
      verify: (code) => act((flow) => flow.verify(code).then(() => this.selectRefused(flow))),
      change: (channel) =>
        act((flow) => {
          this.check.close();
          if (channel !== undefined) this.view.recipient.field.value = '';
          flow.change(channel);
        }),
      renew: () =>
        act((flow) => {
          const recipient = this.view.recipient.field.value;
          flow.change();
          if (recipient !== '') void flow.request(recipient);
        }),
      typed: () => act((flow) => flow.forgetRefusal()),
    };
  }

  /** A human check that is still shown belongs to an earlier action, which the new one replaces. */
  private afterCheck(flow: Flow, action: () => Promise<void>): Promise<void> {
    if (this.isCheckShown) {
      this.check.close();
      flow.stop();
    }
    return action();
  }

  /** Selects a wrong code, so that the next digit replaces it. */
  private selectRefused(flow: Flow): void {
    if (flow.step === 'code' && flow.refusal && !flow.ended) this.view.code.field.input.select();
  }

  private emit<Name extends keyof FlowEvents>(name: Name, detail: FlowEvents[Name]): void {
    if (name === 'verified') this.form.set((detail as FlowEvents['verified']).proof);
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  private listen(): void {
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    const refresh = () => void this.flow?.refresh();
    const render = () => this.render();
    addEventListener('pageshow', refresh, { signal });
    addEventListener('offline', render, { signal });
    addEventListener('online', () => (render(), refresh()), { signal });
    addEventListener('storage', ({ key }) => key === this.memory?.name && refresh(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden || refresh(), { signal });
    const timer = setInterval(() => this.tick(), TICK_MS);
    signal.addEventListener('abort', () => clearInterval(timer));
  }

  private tick(): void {
    if (!this.flow) return;
    this.flow.tick();
    if (this.flow.step === 'code' || this.flow.refusal) this.render();
  }

  private render(): void {
    const { flow, loaded } = this;
    if (!flow || !loaded) return;
    const { language } = loaded;
    const texts = { ...loaded.texts.form, ...this.replaced };
    const reasons = { ...loaded.texts.reasons, ...this.replaced };
    this.view.render(flow, {
      texts,
      describe: (refusal) => describeRefusal(refusal, reasons, language),
      channels: channelsOf(this),
      disabled: this.isDisabled,
      offline: !navigator.onLine,
      humanCheck: this.isCheckShown,
    });
    this.shadowRoot!.firstElementChild!.setAttribute('lang', language);
    this.form.validate(this.hasAttribute('required') ? texts.required : null);
    this.waitForSms(flow);
  }

  private waitForSms(flow: Flow): void {
    const isWaiting = flow.step === 'code' && flow.channel === 'sms' && !flow.ended;
    if (isWaiting === (this.otp !== null)) return;
    this.otp?.abort();
    this.otp = isWaiting ? new AbortController() : null;
    if (this.otp) void receiveCode(this.otp.signal).then((code) => code && this.view.code.field.fill(code));
  }

  /** Shows the element in its language, or in English when the texts cannot be loaded. */
  private async loadTexts(): Promise<void> {
    const language = languageOf(localeOf(this));
    const texts = await loadTexts(language).catch(() => null);
    if (!this.isConnected) return;
    this.loaded = texts ? { language, texts } : { language: 'en', texts: ENGLISH };
    this.render();
  }
}
