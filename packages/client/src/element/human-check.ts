import { create } from './dom.js';

/** The part of the widgets' interface that is used here. Turnstile and hCaptcha have the same one. */
interface Widgets {
  render(container: HTMLElement, options: Record<string, unknown>): string;
  remove(widget: string): void;
}

const SCRIPTS = {
  turnstile: 'https://challenges.cloudflare.com/turnstile/v0/api.js',
  hcaptcha: 'https://js.hcaptcha.com/1/api.js',
};
type Vendor = keyof typeof SCRIPTS;

const LOAD_MS = 15_000;
const loading = new Map<Vendor, Promise<Widgets>>();

/**
 * Shows the widget of a human check. It is a child of the element and not in its shadow root, because the widgets find
 * their frames in the document. The element shows it in its slot `human-check`.
 */
export class HumanCheck {
  private readonly container = create('div', { slot: 'human-check' });
  private replace: () => void = () => undefined;

  constructor(
    private readonly host: HTMLElement,
    private readonly shown: (isShown: boolean) => void,
  ) {}

  /**
   * Waits until the user has solved the check.
   *
   * @param attribute `turnstile:KEY` or `hcaptcha:KEY`.
   * @returns the token; null when the attribute names no check, when it failed, or when `close` was called.
   */
  async solve(attribute: string | null, language: string): Promise<string | null> {
    this.close();
    const [, vendor, sitekey] = /^(turnstile|hcaptcha):(.+)$/.exec(attribute ?? '') ?? [];
    if (!vendor || !sitekey) return null;
    let replaced = () => {};
    const closed = new Promise<null>((resolve) => (replaced = () => resolve(null)));
    this.replace = replaced;
    this.host.append(this.container);
    this.shown(true);
    const solved = this.render(vendor as Vendor, sitekey, language).catch((error: unknown) => {
      reportError(error);
      return null;
    });
    const token = await Promise.race([solved, closed]);
    // A newer check has its own widget, which stays.
    if (this.replace === replaced) this.close();
    return token;
  }

  /** Removes the widget. Whoever waits for it gets null. */
  close(): void {
    this.replace();
    if (!this.container.isConnected) return;
    this.container.replaceChildren();
    this.container.remove();
    this.shown(false);
  }

  private async render(vendor: Vendor, sitekey: string, hl: string): Promise<string | null> {
    const widgets = await load(vendor);
    return new Promise((resolve) => {
      const fail = () => resolve(null);
      const options = { sitekey, hl, language: hl, callback: resolve, 'error-callback': fail };
      widgets.render(this.container, options);
    });
  }
}

function load(vendor: Vendor): Promise<Widgets> {
  const globals = globalThis as unknown as Record<string, Widgets | undefined>;
  const loaded = globals[vendor];
  if (loaded) return Promise.resolve(loaded);
  const known = loading.get(vendor);
  if (known) return known;
  const promise = new Promise<Widgets>((resolve, reject) => {
    const ready = `injeung_${vendor}_ready`;
    const fail = () => {
      loading.delete(vendor);
      reject(
        new Error(
          `the human check of ${vendor} could not be loaded; allow it in the Content-Security-Policy`,
        ),
      );
    };
    Object.assign(globals, { [ready]: () => resolve(globals[vendor]!) });
    const script = create('script', { src: `${SCRIPTS[vendor]}?render=explicit&onload=${ready}` });
    script.addEventListener('error', fail);
    setTimeout(fail, LOAD_MS);
    document.head.append(script);
  });
  loading.set(vendor, promise);
  return promise;
}
