import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { trackClosed, trackOpen } from '../../../../test/support/open-resources';

/** Where global-setup.ts has built the element. */
export const BUNDLE = join(__dirname, '../../dist/browser');

/** The page around the element. axe-core requires a background to measure contrast. */
const STYLES = `body { margin: 1.5rem; font: 16px/1.5 system-ui, sans-serif; color: CanvasText; background: Canvas; }
  form { display: grid; gap: 1.5rem; } main > form > button { justify-self: start; }`;

/** Serves pages with the element, each under a Content-Security-Policy that allows no inline code or style. */
export class PageServer {
  private readonly pages = new Map<string, string>();
  private readonly server: Server;

  private constructor(private readonly connect: () => string) {
    this.server = createServer(({ url }, response) => {
      const { pathname } = new URL(url!, 'http://page');
      if (pathname.endsWith('.js'))
        return response
          .setHeader('content-type', 'text/javascript')
          .end(readFileSync(join(BUNDLE, pathname)));
      if (pathname.endsWith('.css')) return response.setHeader('content-type', 'text/css').end(STYLES);
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.setHeader('content-security-policy', this.policy());
      response.end(this.pages.get(pathname) ?? '<!doctype html><title>Another page</title><p>Another page');
    });
  }

  /** @param connect returns the origin that pages may call. */
  static async start(connect: () => string): Promise<PageServer> {
    const pages = new PageServer(connect);
    await new Promise<void>((resolve) => pages.server.listen(0, '127.0.0.1', resolve));
    trackOpen(pages, () => pages.close());
    return pages;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Adds a page with this content. */
  add(path: string, content: string, { lang = 'en', scheme = 'light dark' } = {}): void {
    const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="${scheme}"><title>Sign up</title>
      <link rel="stylesheet" href="/page.css"><script type="module" src="/injeung-verify.js"></script>`;
    this.pages.set(
      path,
      `<!doctype html><html lang="${lang}"><head>${head}</head><body><main>${content}</main></body></html>`,
    );
  }

  async close(): Promise<void> {
    trackClosed(this);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private policy(): string {
    return [
      "default-src 'none'",
      "script-src 'self' https://challenges.cloudflare.com https://js.hcaptcha.com",
      `connect-src ${this.connect()}`,
      // For the page only: the element needs no permission for its style.
      "style-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
    ].join('; ');
  }
}
