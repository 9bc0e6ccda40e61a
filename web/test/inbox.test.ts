import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { axeViolations, overflowOf } from '../../packages/client/test/support/axe';
import { HAS_CHROMIUM } from '../../packages/client/test/support/chromium';
import { FakeGateway } from '../../test/support/fake-gateway';
import { BrowserPage } from './support/browser-page';

const inBrowser = HAS_CHROMIUM ? describe : describe.skip;
const PHONE = '+821012345678';

inBrowser('the inbox', () => {
  let ui: BrowserPage;
  beforeAll(async () => {
    ui = await BrowserPage.start();
  });
  afterAll(() => ui.close());

  const cards = () => ui.page.locator('.message');
  const recipients = async () => (await ui.page.locator('.to').allTextContents()).sort();
  const shows = (expected: string[]) =>
    ui.page.waitForFunction(
      (sorted) =>
        [...document.querySelectorAll('.to')]
          .map(({ textContent }) => textContent)
          .sort()
          .join() === sorted,
      [...expected].sort().join(),
    );
  const clipboard = () => ui.page.evaluate(() => navigator.clipboard.readText());
  const withClipboard = { permissions: ['clipboard-read', 'clipboard-write'] };

  /** Three messages: to user@ and other@example.com, and an SMS, which is the newest. */
  async function sendThree(): Promise<{ email: string; sms: string }> {
    await ui.app.requestEmail('other@example.com');
    await ui.app.codeFor('other@example.com');
    await ui.app.requestEmail('user@example.com');
    const email = await ui.app.codeFor('user@example.com');
    await ui.app.requestSms('010-1234-5678');
    return { email, sms: await ui.app.codeFor(PHONE) };
  }

  it('shows how to request the first code, and shows messages as soon as they arrive', async () => {
    await ui.serve();
    await ui.open('/inbox');
    await ui.page.getByText('No messages yet').waitFor();
    expect(await ui.page.locator('.command pre').textContent()).toContain(`curl ${ui.app.url}/graphql`);
    await ui.app.requestEmail('user@example.com');
    const code = await ui.app.codeFor('user@example.com');
    await cards().waitFor();
    expect(await ui.page.locator('.head .copy').textContent()).toBe(code);
    const email = ui.page.frameLocator('.frame');
    await email.getByText(code, { exact: true }).waitFor();
    await ui.page.getByText('Show text').click();
    expect(await ui.page.locator('.text').textContent()).toContain(code);
    expect(await ui.page.getByText('No messages yet').isVisible()).toBe(false);
    expect(ui.errors).toEqual([]);
  });

  it('filters by recipient, by a part of one and by channel, and keeps the filter in the address', async () => {
    await ui.serve();
    await sendThree();
    await ui.open('/inbox');
    await shows(['other@example.com', 'user@example.com', PHONE]);
    await ui.page.getByText('SMS', { exact: true }).first().click();
    await shows([PHONE]);
    expect(new URL(ui.page.url()).search).toBe('?channel=SMS');
    await ui.page.reload();
    await shows([PHONE]);
    await ui.page.locator('#to').fill('user@example.com');
    await ui.page.getByText('No SMS to “user@example.com”').waitFor();
    await ui.page.getByText('Show all messages').click();
    await shows(['other@example.com', 'user@example.com', PHONE]);
    await ui.page.locator('#to').fill('OTHER@');
    await shows(['other@example.com']);
    await ui.page.locator('#to').fill('010-1234-5678');
    await shows([PHONE]);
    await ui.page.locator('.to').click();
    expect(await ui.page.locator('#to').inputValue()).toBe(PHONE);
    expect(await recipients()).toEqual([PHONE]);
    expect(ui.errors).toEqual([]);
  });

  it('announces to screen readers how many messages a filter shows, and each message that arrives', async () => {
    await ui.serve();
    await sendThree();
    await ui.open('/inbox');
    const announced = (text: string) =>
      ui.page.locator('#announcement').getByText(text, { exact: true }).waitFor({ state: 'attached' });
    await announced('3 messages');
    await ui.page.getByText('E-mail', { exact: true }).first().click();
    await announced('2 messages');
    await ui.page.getByText('SMS', { exact: true }).first().click();
    await announced('1 message');
    await ui.app.requestSms('010-8765-4321');
    await announced('1 message arrived');
    await ui.page.locator('#to').fill('nobody@example.com');
    await announced('0 messages');
  });

  it('keeps the card of a message whose sends become known later', async () => {
    await ui.serve();
    await ui.app.requestEmail('user@example.com');
    await ui.app.codeFor('user@example.com');
    await ui.open('/inbox');
    await cards().waitFor();
    await ui.page.locator('.message').evaluate((card) => card.setAttribute('data-first', ''));
    await ui.page.route(/\/inbox\/messages/, async (route) => {
      const [message] = await (await route.fetch()).json();
      const send = {
        provider: 'http',
        result: 'REFUSED',
        failure: 'BLOCKED',
        detail: '<b>',
        endedAt: message.sentAt,
      };
      await route.fulfill({ json: [{ ...message, sends: [send, ...message.sends] }] });
    });
    await ui.page.getByText('via http → inbox').waitFor();
    expect(await ui.page.locator('.sends li').first().textContent()).toContain('http refused (BLOCKED, <b>)');
    expect(await ui.page.locator('.message[data-first]').count()).toBe(1);
  });

  it('copies codes by keyboard, and the keys can be switched off', async () => {
    await ui.serve();
    const { email, sms } = await sendThree();
    await ui.open('/inbox', withClipboard);
    await shows(['other@example.com', 'user@example.com', PHONE]);
    await ui.page.keyboard.press('c');
    await ui.page.getByText(`Code ${sms} copied`).waitFor({ state: 'attached' });
    expect(await clipboard()).toBe(sms);
    for (const key of ['j', 'j', 'c']) await ui.page.keyboard.press(key);
    await ui.page.getByText(`Code ${email} copied`).waitFor({ state: 'attached' });
    expect(await clipboard()).toBe(email);
    await ui.page.keyboard.press('k');
    await ui.page.keyboard.press('Enter');
    await ui.page.getByText(`Code ${sms} copied`).waitFor({ state: 'attached' });
    await ui.page.keyboard.press('/');
    await ui.page.keyboard.type('c');
    expect(await ui.page.locator('#to').inputValue()).toBe('c');

    await ui.page.locator('#shortcuts').uncheck();
    await ui.page.reload();
    await cards().first().waitFor();
    await ui.page.keyboard.press('/');
    expect(await ui.page.evaluate(() => document.activeElement!.id)).toBe('');
  });

  it('shows the length of an SMS as carriers count it, and that a long one is an LMS', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'injeung-templates-'));
    mkdirSync(join(folder, 'ko'));
    writeFileSync(join(folder, 'ko/sms.text.liquid'), `{{ code }} ${'가'.repeat(50)}`);
    await ui.serve();
    await ui.app.requestSms('010-1234-5678');
    await ui.app.codeFor(PHONE);
    await ui.open('/inbox');
    const [message] = await ui.app.inbox(PHONE);
    expect(await ui.page.locator('.bytes').textContent()).toBe(`${message!.bytes} of 90 bytes`);
    expect(message!.bytes).toBeLessThanOrEqual(90);
    await ui.app.restart({ TEMPLATES_DIR: folder, SMS_ALLOW_LMS: 'on' });
    await ui.open('/inbox');
    await cards().waitFor();
    expect(await ui.page.locator('.bytes').textContent()).toBe('107 bytes, sent as LMS');
    rmSync(folder, { recursive: true });
  });

  it('shows the way of a message through the providers before the inbox', async () => {
    const gateway = await FakeGateway.start();
    gateway.answerNext({ status: 403 });
    await ui.serve({ ...gateway.environment, SMS_PROVIDER: 'http,inbox' });
    await ui.app.requestSms('010-1234-5678');
    await ui.app.codeFor(PHONE);
    await ui.open('/inbox');
    await ui.page.getByText('http → inbox').waitFor();
    const sends = await ui.page.locator('.sends li').allTextContents();
    expect(sends).toEqual([
      expect.stringMatching(/^http refused \(SENDER_REFUSED, .*403.*\) \d\d:\d\d:\d\d$/),
      expect.stringMatching(/^inbox delivered \d\d:\d\d:\d\d$/),
    ]);
    await gateway.close();
  });

  it('runs no script of an e-mail, and shows its texts as text', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'injeung-templates-'));
    mkdirSync(join(folder, 'ko'));
    writeFileSync(join(folder, 'ko/email.subject.liquid'), '<b>{{ code }}</b>');
    writeFileSync(join(folder, 'ko/email.text.liquid'), '{{ code }}');
    const script =
      '<script>parent.document.title = "script"</script><img src="x" onerror="parent.document.title = 1">';
    writeFileSync(join(folder, 'ko/email.html.liquid'), `<p style="color: red">{{ code }}</p>${script}`);
    await ui.serve({ TEMPLATES_DIR: folder });
    await ui.app.requestEmail('user@example.com');
    const code = await ui.app.codeFor('user@example.com');
    await ui.open('/inbox');
    await ui.page.frameLocator('.frame').getByText(code).waitFor();
    expect(await ui.page.locator('.subject h2').textContent()).toBe(`<b>${code}</b>`);
    expect(await ui.page.title()).toBe('Inbox · Injeung');
    // The browser reports what the policy refused.
    expect(ui.errors.length).toBeGreaterThan(0);
    rmSync(folder, { recursive: true });
  });

  it('says when the server does not answer, and continues when it answers again', async () => {
    await ui.serve();
    await ui.open('/inbox');
    await ui.page.getByText('Live', { exact: true }).waitFor();
    await ui.page.context().setOffline(true);
    await ui.page.getByText('No answer from the server').waitFor();
    await ui.app.requestEmail('user@example.com');
    await ui.app.codeFor('user@example.com');
    await ui.page.context().setOffline(false);
    await cards().waitFor();
    await ui.page.getByText('Live', { exact: true }).waitFor();
  });

  it.each([
    ['light', 1000],
    ['dark', 1000],
    ['light', 320],
    ['dark', 320],
  ] as const)(
    'has no violations that axe-core finds, in %s colors and %d pixels wide',
    async (colorScheme, width) => {
      await ui.serve();
      await ui.open('/inbox', { colorScheme, viewport: { width, height: 720 } });
      await ui.page.getByText('No messages yet').waitFor();
      expect(await axeViolations(ui.page)).toEqual([]);
      expect(await overflowOf(ui.page)).toBe(0);
      await sendThree();
      await shows(['other@example.com', 'user@example.com', PHONE]);
      // The animation of a new message changes its colors.
      await ui.page.reload();
      await shows(['other@example.com', 'user@example.com', PHONE]);
      expect(await axeViolations(ui.page)).toEqual([]);
      expect(await overflowOf(ui.page)).toBe(0);
    },
  );
});
