import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { launchChromium } from '../../../packages/client/test/support/chromium';
import { TestApp, type TestAppOptions } from '../../../test/support/test-app';

/** A browser with one page, and the server whose page it shows. */
export class BrowserPage {
  app!: TestApp;
  page!: Page;
  /** What the page's console reported as an error, such as a violation of the Content-Security-Policy. */
  readonly errors: string[] = [];

  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<BrowserPage> {
    return new BrowserPage(await launchChromium());
  }

  /** Starts a server, closing the one before. */
  async serve(env: Record<string, string> = {}, options: TestAppOptions = {}): Promise<void> {
    await this.closeApp();
    this.app = await TestApp.start('sqlite', env, options);
  }

  /** Opens a page of the server in a new profile of the browser. */
  async open(path: string, options: BrowserContextOptions = {}): Promise<void> {
    await this.page?.context().close();
    this.errors.length = 0;
    const context = await this.browser.newContext({ viewport: { width: 1000, height: 760 }, ...options });
    // The tests must not depend on whether this machine has internet.
    await context.route(/^https:/, (route) => route.abort('internetdisconnected'));
    this.page = await context.newPage();
    this.page.setDefaultTimeout(10_000);
    this.page.on('console', (message) => message.type() === 'error' && this.errors.push(message.text()));
    this.page.on('pageerror', (error) => this.errors.push(String(error)));
    await this.page.goto(`${this.app.url}${path}`);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.closeApp();
  }

  private async closeApp(): Promise<void> {
    await this.app?.close();
  }
}
