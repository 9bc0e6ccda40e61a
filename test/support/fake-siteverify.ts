import { type Answer, type Call, HttpProvider } from './http-provider';

export const SITE_SECRET = 'secret-of-the-site';

/** The `siteverify` of Turnstile and hCaptcha on loopback. It accepts each token that it issued once. */
export class FakeSiteverify extends HttpProvider {
  private readonly good = new Set<string>();
  private issued = 0;

  static start(): Promise<FakeSiteverify> {
    return new FakeSiteverify().listen();
  }

  environment(mode?: string): Record<string, string> {
    const url = { HUMAN_CHECK_URL: `${this.url}/siteverify`, HUMAN_CHECK_SECRET: SITE_SECRET };
    return mode ? { ...url, HUMAN_CHECK_MODE: mode } : url;
  }

  /** Issues a token, as the widget does for a human. */
  token(): string {
    const token = `human.${this.issued++}.token`;
    this.good.add(token);
    return token;
  }

  /** The forms that arrived. */
  get forms(): Record<string, string>[] {
    return this.calls.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  }

  protected override isMessage(): boolean {
    return true;
  }

  protected override answer({ method, target, headers, body }: Call): Answer {
    const isForm = /^application\/x-www-form-urlencoded/.test(headers['content-type'] ?? '');
    if (method !== 'POST' || target !== '/siteverify' || !isForm) return refusal('bad-request');
    const form = new URLSearchParams(body);
    if (form.get('secret') !== SITE_SECRET) return refusal('invalid-input-secret');
    const token = form.get('response') ?? '';
    if (!token.startsWith('human.')) return refusal('invalid-input-response');
    if (!this.good.delete(token)) return refusal('timeout-or-duplicate');
    return { status: 200, body: { success: true, 'error-codes': [], hostname: 'app.example.com' } };
  }
}

function refusal(code: string): Answer {
  return { status: 200, body: { success: false, 'error-codes': [code] } };
}
