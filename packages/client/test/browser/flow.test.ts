import { decodeJwt } from 'jose';
import { FakeSens } from '../../../../test/support/fake-sens';
import { HAS_CHROMIUM } from '../support/chromium';
import { VerifyPage } from '../support/verify-page';

const EMAIL = 'user@example.com';
const inBrowser = HAS_CHROMIUM ? describe : describe.skip;

inBrowser('the element', () => {
  let ui: VerifyPage;
  beforeAll(async () => {
    ui = await VerifyPage.start();
  });
  afterAll(() => ui.close());
  const text = (locator: { textContent(): Promise<string | null> }) => locator.textContent();
  const verified = () => ui.page.locator('[part=verified]:visible').waitFor();
  const messages = async (to = EMAIL) => (await ui.app.inbox(to)).length;

  it('takes an e-mail address to a proof under a strict Content-Security-Policy, which the form sends', async () => {
    await ui.open('name="proof" purpose="sign-up" nonce="session-1" required');
    await ui.request(EMAIL);
    expect(await ui.page.evaluate(() => document.querySelector('form')!.checkValidity())).toBe(false);
    await ui.code.pressSequentially(await ui.app.codeFor(EMAIL));
    await verified();
    const proof = await ui.proof();
    expect(decodeJwt(proof!)).toMatchObject({ sub: EMAIL, nonce: 'session-1', purpose: 'sign-up' });
    await ui.page.getByText('Join').click();
    await ui.page.waitForURL(/\/done/);
    expect(new URL(ui.page.url()).searchParams.get('proof')).toBe(proof);
    expect(ui.errors).toEqual([]);
  });

  it('takes a mobile number to a proof in Korean, and sends the SMS in Korean', async () => {
    await ui.open('channel="sms" name="proof"', {}, { lang: 'ko' });
    expect(await text(ui.page.locator('label[for=recipient]'))).toBe('휴대폰 번호');
    await ui.request('010-1234-5678');
    const code = await ui.app.codeFor('+821012345678');
    expect((await ui.app.inbox())[0]!.text).toContain('인증번호');
    await ui.code.pressSequentially(code);
    await verified();
    expect(decodeJwt((await ui.proof())!)).toMatchObject({ sub: '+821012345678', channel: 'SMS' });
  });

  it('shows one field while its texts are loaded', async () => {
    await ui.open('', {}, { lang: 'ja' });
    let send = () => undefined as void;
    const sent = new Promise<void>((resolve) => (send = resolve));
    await ui.page.route(/injeung-ja/, async (route) => {
      await sent;
      await route.continue();
    });
    await ui.page.reload({ waitUntil: 'commit' });
    await ui.recipient.waitFor();
    expect(await ui.submit.count()).toBe(1);
    send();
    await ui.page.getByText('認証コードを送信').waitFor();
    expect(await ui.submit.count()).toBe(1);
  });

  it.each([
    ['ja', '認証コードを送信'],
    ['zh-CN', '获取验证码'],
    ['de', 'Send code'],
  ])('speaks the language of the page, or English: %s', async (lang, label) => {
    await ui.open('', {}, { lang });
    expect(await text(ui.submit)).toBe(label);
  });

  it('can be used with the keyboard alone, and moves the focus to what comes next', async () => {
    await ui.open('channel="email sms"');
    await ui.page.keyboard.press('Tab');
    await ui.page.keyboard.type(EMAIL);
    await ui.page.keyboard.press('Enter');
    await ui.code.waitFor();
    const code = await ui.app.codeFor(EMAIL);
    await ui.page.keyboard.type(code.slice(0, 3));
    await ui.page.keyboard.press('Enter');
    await ui.error.waitFor();
    await ui.page.keyboard.press('Shift+Tab');
    await ui.page.keyboard.press('Enter');
    await ui.recipient.waitFor();
    await ui.page.keyboard.press('Control+A');
    await ui.page.keyboard.type('other@example.com');
    await ui.page.keyboard.press('Enter');
    await ui.code.waitFor();
    await ui.page.keyboard.type(await ui.app.codeFor('other@example.com'));
    await verified();
    expect(await ui.page.evaluate(() => document.activeElement!.localName)).toBe('injeung-verify');
  });

  it('sends one message although the button is clicked twice', async () => {
    await ui.open('', { RESEND_COOLDOWN_SECONDS: '60' });
    await ui.recipient.fill(EMAIL);
    await ui.submit.dblclick();
    await ui.code.waitFor();
    await ui.app.codeFor(EMAIL);
    expect(await messages()).toBe(1);
    expect(await ui.error.count()).toBe(0);
  });

  it('counts down to the resend by the seconds of the server, whatever the clock of the device shows', async () => {
    await ui.open('', { RESEND_COOLDOWN_SECONDS: '60' });
    await ui.page.clock.setSystemTime(new Date('2031-01-01T00:00:00Z'));
    await ui.request(EMAIL);
    await ui.app.codeFor(EMAIL);
    expect(await text(ui.resend)).toMatch(/^Send again in (1:00|0:5\d)$/);
    await ui.resend.click({ force: true });
    await ui.advance(61);
    expect(await text(ui.resend)).toBe('Send again');
    await ui.resend.click();
    await ui.page.getByText('The same code was sent again.').waitFor({ state: 'attached' });
    expect(await text(ui.resend)).toMatch(/^Send again in/);
    await ui.page.waitForFunction(
      async (url) => (await (await fetch(url)).json()).length === 2,
      `${ui.app.url}/inbox/messages?to=${EMAIL}`,
    );
  });

  it('shows how long the code is valid, and offers a new one to the same recipient when it has expired', async () => {
    await ui.open('', { EMAIL_CODE_TTL_SECONDS: '120' });
    await ui.request(EMAIL);
    expect(await text(ui.page.locator('[part=expiry]'))).toMatch(/^Valid for (2:00|1:5\d)$/);
    await ui.advance(121);
    expect(await text(ui.error)).toBe('The code has expired. Please request a new one.');
    await ui.submit.click();
    await ui.page.locator('[part=expiry]:visible').waitFor();
    expect(await ui.error.count()).toBe(0);
    await ui.code.pressSequentially(await ui.app.codeFor(EMAIL));
    await verified();
  });

  it('cancels the verification when the user changes the address', async () => {
    await ui.open();
    await ui.request(EMAIL);
    const id = await ui.verificationId();
    await ui.page.getByText('Change address').click();
    expect(await ui.recipient.inputValue()).toBe(EMAIL);
    await ui.page.waitForFunction(() => localStorage.length === 0);
    await ui.request('other@example.com');
    expect((await ui.app.verification(id)).status).toBe('CANCELED');
  });

  it('reports a message that did not arrive, and offers the other channel', async () => {
    const sens = await FakeSens.start(() => ui.clock.now());
    sens.results.set('01012345678', ['3003']);
    await ui.open('channel="sms email"', sens.environment);
    await ui.request('010-1234-5678');
    while ((await ui.page.locator('[part=failure]:visible').count()) === 0) await ui.advance(2);
    expect(await text(ui.page.locator('[part=failure]'))).toContain('could not be delivered');
    await ui.page.locator('[part~=other]:visible').click();
    expect(await text(ui.page.locator('label[for=recipient]'))).toBe('E-mail address');
    await ui.request(EMAIL);
    await ui.code.pressSequentially(await ui.app.codeFor(EMAIL));
    await verified();
    await sens.close();
  });

  it('fires requested, verified and failed, with their details', async () => {
    await ui.open();
    await ui.page.evaluate(() => {
      const events: unknown[] = ((globalThis as any).events = []);
      for (const name of ['requested', 'verified', 'failed'])
        document.addEventListener(name, (event) => events.push([name, (event as CustomEvent).detail]));
    });
    await ui.recipient.fill('user');
    await ui.submit.click();
    await ui.error.waitFor();
    await ui.request(EMAIL);
    await ui.code.pressSequentially(await ui.app.codeFor(EMAIL));
    await verified();
    expect(await ui.page.evaluate(() => (globalThis as any).events)).toMatchObject([
      ['failed', { refusal: { reason: 'BAD_USER_INPUT', field: 'email' } }],
      ['requested', { verification: { recipient: 'u***@example.com' } }],
      ['verified', { proof: await ui.proof(), verification: { status: 'VERIFIED' } }],
    ]);
  });

  it('is a field of its form: disabled with it, cleared by a reset, with texts that the page replaces', async () => {
    await ui.open('name="proof"');
    await ui.element.evaluate((element) => ((element as any).texts = { send: 'Go', INVALID_EMAIL: 'No!' }));
    expect(await text(ui.submit)).toBe('Go');
    await ui.recipient.fill('user');
    await ui.submit.click();
    await ui.error.waitFor();
    expect(await text(ui.error)).toBe('No!');
    await ui.element.evaluate((element) => element.setAttribute('disabled', ''));
    expect(await ui.recipient.isDisabled()).toBe(true);
    await ui.element.evaluate((element) => element.removeAttribute('disabled'));
    await ui.request(EMAIL);
    await ui.code.pressSequentially(await ui.app.codeFor(EMAIL));
    await verified();
    await ui.page.evaluate(() => document.querySelector('form')!.reset());
    await ui.recipient.waitFor();
    expect(await ui.proof()).toBeNull();
  });
});
