import { FakeSiteverify } from '../../../../test/support/fake-siteverify';
import { HAS_CHROMIUM } from '../support/chromium';
import { VerifyPage } from '../support/verify-page';

const EMAIL = 'user@example.com';
const inBrowser = HAS_CHROMIUM ? describe : describe.skip;

/** The script of a vendor: it renders a button that solves the check. */
const widget = (vendor: string) => `
  window.${vendor} = {
    render(container, options) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = 'I am human (' + options.sitekey + ')';
      button.addEventListener('click', () => options.callback(window.nextToken));
      container.append(button);
      return 'widget';
    },
    remove() {},
  };
  window[new URL(document.currentScript.src).searchParams.get('onload')]();`;

inBrowser.each([
  ['turnstile', 'https://challenges.cloudflare.com/turnstile/v0/api.js'],
  ['hcaptcha', 'https://js.hcaptcha.com/1/api.js'],
])('the human check by %s', (vendor, url) => {
  let ui: VerifyPage;
  let site: FakeSiteverify;
  beforeAll(async () => {
    ui = await VerifyPage.start();
    site = await FakeSiteverify.start();
  });
  afterAll(async () => {
    await ui.close();
    await site.close();
  });
  const open = async (mode = 'always', env: Record<string, string> = {}) => {
    await ui.open(`human-check="${vendor}:site-key"`, { ...site.environment(mode), ...env });
    await ui.page.route(`${url}*`, (route) =>
      route.fulfill({ contentType: 'text/javascript', body: widget(vendor) }),
    );
  };
  const solve = async () => {
    await ui.page.evaluate((token) => Object.assign(globalThis, { nextToken: token }), site.token());
    await ui.page.getByText('I am human (site-key)').click();
  };

  it('is shown when the server requires it for a request', async () => {
    await open();
    await ui.recipient.fill(EMAIL);
    await ui.submit.click();
    await solve();
    await ui.code.waitFor();
    expect(await ui.page.getByText('I am human').count()).toBe(0);
  });

  it('is shown beside the code when the server requires it for a resend', async () => {
    await open('when-limited', { IP_HOURLY_LIMIT: '1' });
    await ui.request(EMAIL);
    const code = await ui.app.codeFor(EMAIL);
    await ui.resend.click();
    await solve();
    await ui.page.getByText('The same code was sent again.').waitFor({ state: 'attached' });
    await ui.code.fill(code);
    await ui.page.locator('[part=verified]:visible').waitFor();
  });

  it('lets the user correct the address while it is shown', async () => {
    await open();
    await ui.recipient.fill('wrong@example.com');
    await ui.submit.click();
    await ui.page.getByText('I am human').waitFor();
    await ui.recipient.fill(EMAIL);
    await ui.submit.click();
    await ui.page.getByText('I am human').waitFor();
    await solve();
    await ui.code.waitFor();
    await ui.app.codeFor(EMAIL);
    expect(await ui.app.inbox('wrong@example.com')).toEqual([]);
  });

  it('reports that its script cannot be loaded', async () => {
    await open();
    await ui.page.route(`${url}*`, (route) => route.abort());
    await ui.recipient.fill(EMAIL);
    await ui.submit.click();
    await ui.error.waitFor();
    expect(await ui.error.textContent()).toBe('Please confirm that you are human.');
    expect(ui.errors.join()).toContain('Content-Security-Policy');
  });
});
