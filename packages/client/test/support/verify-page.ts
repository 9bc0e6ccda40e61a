import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core';
import { ManualClock } from '../../../../test/support/manual-clock';
import { TestApp } from '../../../../test/support/test-app';
import { launchChromium } from './chromium';
import { PageServer } from './page-server';

/** A browser, a page server and a real Injeung server, whose clock and the page's clock only the test moves. */
export class VerifyPage {
  readonly clock = new ManualClock();
  app!: TestApp;
  pages!: PageServer;
  browser!: Browser;
  context!: BrowserContext;
  page!: Page;
  /** What the page's console reported as an error. */
  readonly errors: string[] = [];

  static async start(): Promise<VerifyPage> {
    const page = new VerifyPage();
    page.browser = await launchChromium();
    page.pages = await PageServer.start(() => page.app.url);
    return page;
  }

  /** Starts a server and opens a page with the element. */
  async open(
    attributes = '',
    env: Record<string, string> = {},
    options: BrowserContextOptions & { lang?: string } = {},
  ): Promise<void> {
    await this.closePage();
    this.app = await TestApp.start('sqlite', env, { clock: this.clock });
    const { lang = 'en', ...rest } = options;
    const element = `<injeung-verify endpoint="${this.app.url}/graphql" ${attributes}></injeung-verify>`;
    this.pages.add(
      '/',
      `<h1>Sign up</h1><form action="/done" method="get">${element}<button>Join</button></form>`,
      { lang },
    );
    this.context = await this.browser.newContext({ viewport: { width: 480, height: 640 }, ...rest });
    this.page = await this.newTab();
    this.page.setDefaultTimeout(10_000);
  }

  async newTab(): Promise<Page> {
    const page = await this.context.newPage();
    page.on('console', (message) => message.type() === 'error' && this.errors.push(message.text()));
    page.on('pageerror', (error) => this.errors.push(String(error)));
    await page.clock.install();
    await page.goto(`${this.pages.url}/`);
    return page;
  }

  /** Moves the clocks of the server and of the page. */
  async advance(seconds: number, page = this.page): Promise<void> {
    this.clock.advance(seconds);
    await page.clock.runFor(seconds * 1000);
  }

  get element(): Locator {
    return this.page.locator('injeung-verify');
  }
  get recipient(): Locator {
    return this.page.locator('#recipient');
  }
  get code(): Locator {
    return this.page.locator('#code');
  }
  get error(): Locator {
    return this.page.locator('[role=alert]:visible');
  }
  get submit(): Locator {
    return this.page.locator('[part=button]:visible');
  }
  get resend(): Locator {
    return this.page.locator('[part~=resend]');
  }

  /** Requests a code and waits for its field. */
  async request(recipient: string): Promise<void> {
    await this.recipient.fill(recipient);
    await this.submit.click();
    await this.code.waitFor();
  }

  /** The id of the verification that the browser remembers. */
  async verificationId(): Promise<string> {
    const kept = await this.page.evaluate(() => Object.values({ ...localStorage })[0] as string);
    return (JSON.parse(kept) as { id: string }).id;
  }

  /** The proof in the element. */
  proof(page = this.page): Promise<string | null> {
    return page
      .locator('injeung-verify')
      .evaluate((element) => (element as HTMLElement & { proof: string | null }).proof);
  }

  async closePage(): Promise<void> {
    this.errors.length = 0;
    await this.context?.close();
    await this.app?.close();
  }

  async close(): Promise<void> {
    await this.closePage();
    await this.browser.close();
    await this.pages.close();
  }
}
