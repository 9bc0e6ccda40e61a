import { decodeJwt } from 'jose';
import { until } from '../../../../test/support/until';
import { HAS_CHROMIUM } from '../support/chromium';
import { VerifyPage } from '../support/verify-page';

const EMAIL = 'user@example.com';
const inBrowser = HAS_CHROMIUM ? describe : describe.skip;

inBrowser('the element continues', () => {
  let ui: VerifyPage;
  beforeAll(async () => {
    ui = await VerifyPage.start();
  });
  afterAll(() => ui.close());
  const verified = (page = ui.page) => page.locator('[part=verified]:visible').waitFor();
  const open = () => ui.open('', { RESEND_COOLDOWN_SECONDS: '60' });

  it('with the field of the code after a reload, and keeps neither recipient nor code in the browser', async () => {
    await open();
    await ui.request(EMAIL);
    const code = await ui.app.codeFor(EMAIL);
    const stored = await ui.page.evaluate(() => JSON.stringify({ ...localStorage }));
    expect(stored).not.toContain('user');
    expect(stored).not.toContain(code);
    await ui.page.reload();
    await ui.code.waitFor();
    expect(await ui.page.locator('[part=sent-to]').textContent()).toContain('u***@example.com');
    await ui.code.fill(code);
    await verified();
    expect(await ui.page.evaluate(() => localStorage.length)).toBe(0);
  });

  it('only in the session whose nonce the proof will have', async () => {
    await ui.open('nonce="session-1"');
    await ui.request(EMAIL);
    await ui.page.reload();
    await ui.code.waitFor();
    const element = `<injeung-verify endpoint="${ui.app.url}/graphql" nonce="session-2"></injeung-verify>`;
    ui.pages.add('/', element);
    // The inbox sorts messages by the server's time.
    ui.clock.advance(1);
    await ui.page.reload();
    await ui.request(EMAIL);
    const newest = await until(async () => {
      const messages = await ui.app.inbox(EMAIL);
      return messages.length === 2 ? messages[0]! : null;
    });
    await ui.code.fill(newest.code);
    await verified();
    expect(decodeJwt((await ui.proof())!)).toMatchObject({ nonce: 'session-2' });
  });

  it('after the back button', async () => {
    await open();
    await ui.request(EMAIL);
    await ui.page.goto(`${ui.pages.url}/elsewhere`);
    await ui.page.goBack();
    await ui.code.fill(await ui.app.codeFor(EMAIL));
    await verified();
  });

  it('with the field of the recipient when the code has expired meanwhile', async () => {
    await open();
    await ui.request(EMAIL);
    ui.clock.advance(1_801);
    await ui.page.reload();
    await ui.recipient.waitFor();
    await ui.page.waitForFunction(() => localStorage.length === 0);
    expect(await ui.error.count()).toBe(0);
  });

  it('in a second tab, and reports there that the code was used in the first one', async () => {
    await open();
    const second = await ui.newTab();
    await second.locator('#recipient').waitFor();
    await ui.request(EMAIL);
    await second.locator('#code').waitFor();
    await ui.code.fill(await ui.app.codeFor(EMAIL));
    await verified();
    const error = second.locator('#code-error:visible');
    await error.waitFor();
    expect(await error.textContent()).toBe('This code was used before. Please request a new one.');
    expect(await ui.proof(second)).toBeNull();
  });

  it('with the same verification when the answer to the request was lost and the page was loaded again', async () => {
    await open();
    await ui.page.route('**/graphql', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await ui.recipient.fill(EMAIL);
    await ui.submit.click();
    await ui.app.codeFor(EMAIL);
    await ui.page.unroute('**/graphql');
    await ui.page.reload();
    await ui.request(EMAIL);
    await ui.code.fill(await ui.app.codeFor(EMAIL));
    await verified();
    expect(await ui.app.inbox(EMAIL)).toHaveLength(1);
  });

  it('for another recipient after a lost answer', async () => {
    await open();
    await ui.page.route('**/graphql', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await ui.recipient.fill(EMAIL);
    await ui.submit.click();
    await ui.app.codeFor(EMAIL);
    await ui.page.unroute('**/graphql');
    await ui.page.reload();
    await ui.request('other@example.com');
    await ui.code.fill(await ui.app.codeFor('other@example.com'));
    await verified();
  });

  it('when the connection is back', async () => {
    await open();
    await ui.request(EMAIL);
    const code = await ui.app.codeFor(EMAIL);
    await ui.context.setOffline(true);
    await ui.error.waitFor();
    expect(await ui.error.textContent()).toBe('You are offline. Your code stays valid.');
    await ui.code.fill(code);
    await ui.context.setOffline(false);
    await ui.page.clock.runFor(4_000);
    await verified();
  });
});
