import { decodeJwt } from 'jose';
import { axeViolations, overflowOf } from '../../packages/client/test/support/axe';
import { HAS_CHROMIUM } from '../../packages/client/test/support/chromium';
import { TestApp } from '../../test/support/test-app';
import { BrowserPage } from './support/browser-page';

const inBrowser = HAS_CHROMIUM ? describe : describe.skip;

inBrowser('the demo', () => {
  let ui: BrowserPage;
  beforeAll(async () => {
    ui = await BrowserPage.start();
  });
  afterAll(() => ui.close());

  const recipient = () => ui.page.locator('#recipient');
  const button = () => ui.page.locator('[part=button]:visible');
  const heading = () => ui.page.locator('#account h2');

  async function request(to: string): Promise<void> {
    await recipient().fill(to);
    await button().click();
    await ui.page.locator('#code').waitFor();
  }

  /** Reads the code of the newest message on the page, as a user does. */
  async function enterCode(): Promise<void> {
    const code = await ui.page.locator('.messages .copy').first().textContent();
    await ui.page.locator('#code').pressSequentially(code!);
    await ui.page.locator('[part=verified]:visible').waitFor();
  }

  it.each([
    ['ko', 'user@example.com', 'user@example.com 님, 가입되었습니다', 'EMAIL'],
    ['en', 'user@example.com', 'user@example.com has signed up', 'EMAIL'],
    ['ko', '010-1234-5678', '010-1234-5678 님, 가입되었습니다', 'SMS'],
    ['en', '010-1234-5678', '010-1234-5678 has signed up', 'SMS'],
  ])(
    'takes a user from a recipient to a checked proof, with the code from its inbox: %s, %s',
    async (language, to, title, channel) => {
      await ui.serve();
      await ui.open(`/demo?lang=${language}`);
      if (channel === 'SMS') await ui.page.locator('[part=link][value=sms]').click();
      await request(to);
      await enterCode();
      await ui.page.locator('#form > .primary').click();
      await ui.page.locator('#signature.valid').waitFor();
      expect(await heading().textContent()).toBe(title);
      const proof = await ui.page.locator('#proof').textContent();
      const nonce = await ui.page.locator('dd').nth(3).textContent();
      expect(decodeJwt(proof!)).toMatchObject({ channel, purpose: 'sign-up', nonce });
      expect(await ui.page.evaluate(() => document.activeElement!.id)).toBe('account');
      await ui.page.locator('#again').click();
      await recipient().waitFor();
      expect(ui.errors).toEqual([]);
    },
  );

  it('changes its language, and the language of the element with it', async () => {
    await ui.serve();
    await ui.open('/demo', { locale: 'ko-KR' });
    await ui.page.getByRole('heading', { name: '회원가입' }).waitFor();
    expect(await button().textContent()).toBe('인증번호 받기');
    await ui.page.getByText('English').click();
    await ui.page.getByRole('heading', { name: 'Sign up' }).waitFor();
    expect(await button().textContent()).toBe('Send code');
    await ui.page.reload();
    await ui.page.getByRole('heading', { name: 'Sign up' }).waitFor();
    expect(await ui.page.evaluate(() => document.documentElement.lang)).toBe('en');
  });

  it('continues after a reload and in the other language, and accepts the proof', async () => {
    await ui.serve();
    await ui.open('/demo?lang=ko');
    await request('user@example.com');
    await ui.page.reload();
    await ui.page.locator('#code:visible').waitFor();
    await ui.page.getByText('English').click();
    await ui.page.getByText('Verification code').waitFor();
    await enterCode();
    await ui.page.locator('#form > .primary').click();
    await ui.page.locator('#signature.valid').waitFor();
    await ui.page.getByText('한국어').click();
    await ui.page.getByText('user@example.com 님, 가입되었습니다').waitFor();
    expect(await ui.page.locator('.meta').first().textContent()).toContain('이메일');
  });

  it('works in a second tab, and without storage', async () => {
    await ui.serve();
    await ui.open('/demo?lang=en');
    const second = await ui.page.context().newPage();
    await second.addInitScript(() => {
      Object.defineProperty(globalThis, 'localStorage', {
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      });
    });
    await second.goto(`${ui.app.url}/demo?lang=en`);
    for (const [page, email] of [
      [ui.page, 'first@example.com'],
      [second, 'second@example.com'],
    ] as const) {
      await page.locator('#recipient').fill(email);
      await page.locator('[part=button]:visible').click();
      await page.locator('#code').fill(await ui.app.codeFor(email));
      await page.locator('[part=verified]:visible').waitFor();
      await page.locator('#form > .primary').click();
      await page.locator('#signature.valid').waitFor();
    }
  });

  it('cannot be submitted before the code is verified', async () => {
    await ui.serve();
    await ui.open('/demo?lang=en');
    await request('user@example.com');
    await ui.page.locator('#form > .primary').click();
    expect(await ui.page.locator('#account').isVisible()).toBe(false);
  });

  it('explains that a page cannot call a server that requires application keys', async () => {
    await ui.serve({ APP_API_KEYS: 'an-application-key-of-the-tests-01' });
    await ui.open('/demo?lang=en');
    await ui.page.getByText('requires application keys').waitFor();
    expect(await recipient().isDisabled()).toBe(true);
  });

  it('offers only the channels that the server sends on, and says where messages go without an inbox', async () => {
    await ui.serve({
      SMS_PROVIDER: 'none',
      EMAIL_PROVIDER: 'smtp',
      SMTP_URL: 'smtp://127.0.0.1:9',
      EMAIL_FROM: 'a@example.com',
    });
    await ui.open('/demo?lang=en');
    await ui.page.getByText('This server sends messages to their real recipients').waitFor();
    await recipient().waitFor();
    expect(await ui.page.locator('[part=link][value=sms]:visible').count()).toBe(0);
    expect(ui.errors).toEqual([]);
  });

  it('does not accept a proof of another session', async () => {
    await ui.serve();
    const { data } = await ui.app.requestEmail('user@example.com', { nonce: 'of another session' });
    const code = await ui.app.codeFor('user@example.com');
    const checked = await ui.app.verify(data.requestEmailCode.id as string, code);
    await ui.open('/demo?lang=en');
    await recipient().waitFor();
    await ui.page.evaluate((proof) => {
      const form = document.querySelector('form')!;
      form.addEventListener('formdata', ({ formData }) => formData.set('proof', proof));
      form.dispatchEvent(new Event('submit', { cancelable: true }));
    }, checked.data.verifyCode.proof as string);
    await ui.page.getByText('The proof is not valid').waitFor();
    expect(await heading().textContent()).toBe('You could not sign up');
  });

  it.each([
    ['ko', 'light', 1000],
    ['ko', 'dark', 320],
    ['en', 'dark', 1000],
    ['en', 'light', 320],
  ] as const)(
    'has no violations that axe-core finds, in any step: %s, %s, %d pixels wide',
    async (language, colorScheme, width) => {
      await ui.serve();
      await ui.open(`/demo?lang=${language}`, {
        colorScheme,
        viewport: { width, height: 760 },
        reducedMotion: 'reduce',
      });
      const check = async (step: string) => {
        expect([step, await axeViolations(ui.page)]).toEqual([step, []]);
        expect([step, await overflowOf(ui.page)]).toEqual([step, 0]);
      };
      await recipient().waitFor();
      await check('recipient');
      await request('user@example.com');
      const code = await ui.app.codeFor('user@example.com');
      await ui.page.locator('.messages .copy').waitFor();
      await check('code');
      await ui.page.locator('#code').fill(TestApp.wrong(code));
      await ui.page.locator('[role=alert]:visible').waitFor();
      await check('wrong code');
      await ui.page.locator('#code').fill('');
      await enterCode();
      await ui.page.locator('#form > .primary').click();
      await ui.page.locator('#signature.valid').waitFor();
      await check('signed up');
    },
  );
});
