import { type Browser, type Page } from 'playwright-core';
import { type ExampleProcess } from '../../../../test/support/example-process';
import { APP_KEY, startSignUp } from '../../../../test/support/example-sign-up';
import { freePort } from '../../../../test/support/own-postgres';
import { TestApp } from '../../../../test/support/test-app';
import { HAS_CHROMIUM, launchChromium } from '../support/chromium';

const EMAIL = 'user@example.com';
const inBrowser = HAS_CHROMIUM ? describe : describe.skip;

inBrowser('the page of examples/sign-up', () => {
  let app: TestApp;
  let example: ExampleProcess;
  let browser: Browser;
  let page: Page;
  let errors: string[];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    app = await TestApp.start('sqlite', { APP_API_KEYS: APP_KEY, PORT: String(await freePort()) });
    example = await startSignUp(app.url);
    page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(15_000);
    errors = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(example.url);
  });
  afterEach(async () => {
    await page.context().close();
    example.stop();
    await app.close();
  });

  const request = async (email = EMAIL) => {
    await page.locator('#recipient').fill(email);
    await page.locator('[part=button]:visible').click();
  };
  const signUp = async (email = EMAIL) => {
    await page.locator('#code').pressSequentially(await app.codeFor(email));
    await page.locator('[part=verified]:visible').waitFor();
    await page.getByRole('button', { name: 'Sign up' }).click();
  };

  it('takes an address to a sign-up under its strict Content-Security-Policy, without an error in the console', async () => {
    await request();
    await signUp();
    await page.getByText(`${EMAIL} has signed up.`).waitFor();
    expect(new URL(page.url()).pathname).toBe('/sign-up');
    expect(errors).toEqual([]);
  });

  it('continues after a reload, and the proof still belongs to the session', async () => {
    await request();
    await page.locator('#code').waitFor();
    await page.reload();
    await signUp();
    await page.getByText(`${EMAIL} has signed up.`).waitFor();
  });

  it('begins again in another session, whose nonce the earlier proof would not have', async () => {
    await request();
    await page.locator('#code').waitFor();
    await page.context().clearCookies();
    await page.reload();
    await request('other@example.com');
    await signUp('other@example.com');
    await page.getByText('other@example.com has signed up.').waitFor();
  });

  it('repeats a request while Injeung restarts, and shows no error to the user', async () => {
    await app.stop();
    const refused = page.waitForResponse((response) => response.status() === 502);
    await request();
    await refused;
    await app.open();
    await signUp();
    await page.getByText(`${EMAIL} has signed up.`).waitFor();
    expect(await app.inbox(EMAIL)).toHaveLength(1);
  });

  it('says that the session has ended when the browser has lost it, and works when it is loaded again', async () => {
    await page.context().clearCookies();
    await request();
    // The click itself does not wait for the new page, whose address is the same.
    await Promise.all([page.waitForEvent('load'), page.getByText('Load the page again.').click()]);
    await request();
    await signUp();
    await page.getByText(`${EMAIL} has signed up.`).waitFor();
  });
});
