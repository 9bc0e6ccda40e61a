import { TestApp } from '../../../../test/support/test-app';
import { axeViolations, overflowOf } from '../support/axe';
import { HAS_CHROMIUM } from '../support/chromium';
import { VerifyPage } from '../support/verify-page';

const EMAIL = 'user@example.com';
/** A folder for pictures, to see what the tests see. */
const PICTURES = process.env.BROWSER_PICTURES;
const inBrowser = HAS_CHROMIUM ? describe : describe.skip;

inBrowser.each(['light', 'dark'] as const)('the element in %s colors', (colorScheme) => {
  let ui: VerifyPage;
  beforeAll(async () => {
    ui = await VerifyPage.start();
  });
  afterAll(() => ui.close());

  const violations = () => axeViolations(ui.page);
  const picture = async (name: string) =>
    PICTURES && (await ui.page.screenshot({ path: `${PICTURES}/${name}-${colorScheme}.png` }));

  it.each([
    ['ko', 480],
    ['en', 480],
    ['ja', 320],
    ['en', 320],
  ])(
    'has no violations that axe-core finds, in any step and with errors, in %s and %d pixels wide',
    async (lang, width) => {
      const options = { colorScheme, viewport: { width, height: 560 }, lang, locale: lang };
      await ui.open(
        'channel="email sms" required',
        { MAX_ATTEMPTS: '2', RESEND_COOLDOWN_SECONDS: '60' },
        options,
      );
      const check = async (step: string) => {
        await picture(`${lang}-${width}-${step}`);
        expect([step, await violations()]).toEqual([step, []]);
        expect([step, await overflowOf(ui.page)]).toEqual([step, 0]);
      };
      await ui.recipient.waitFor();
      await check('recipient');
      await ui.recipient.fill('user@');
      await ui.submit.click();
      await ui.error.waitFor();
      await check('recipient-error');
      await ui.request(EMAIL);
      const code = await ui.app.codeFor(EMAIL);
      await ui.page.locator('[data-status=DELIVERED]').waitFor();
      await check('code');
      await ui.code.fill(TestApp.wrong(code));
      await ui.error.waitFor();
      await check('code-error');
      await ui.code.fill(code);
      await ui.page.locator('[part=verified]:visible').waitFor();
      await check('verified');
    },
  );

  it('has no violations after the last attempt, when only a new code helps', async () => {
    await ui.open('', { MAX_ATTEMPTS: '1' }, { colorScheme });
    await ui.request(EMAIL);
    await ui.code.fill(TestApp.wrong(await ui.app.codeFor(EMAIL)));
    await ui.error.waitFor();
    await picture('ended');
    expect(await violations()).toEqual([]);
  });
});

inBrowser('the style of the element', () => {
  let ui: VerifyPage;
  beforeAll(async () => {
    ui = await VerifyPage.start();
  });
  afterAll(() => ui.close());

  async function styleWith(css: string) {
    await ui.open();
    await ui.recipient.waitFor();
    await ui.page.evaluate((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      document.adoptedStyleSheets = [sheet];
    }, css);
    return ui.submit.evaluate((button) => {
      const { backgroundColor, borderRadius, textTransform } = getComputedStyle(button);
      return { backgroundColor, borderRadius, textTransform };
    });
  }

  it('is changed by custom properties and by ::part', async () => {
    const style = await styleWith(`injeung-verify { --injeung-accent: #7a1fa2; --injeung-radius: 2px; }
      injeung-verify::part(button) { text-transform: uppercase; }`);
    expect(style).toEqual({
      backgroundColor: 'rgb(122, 31, 162)',
      borderRadius: '2px',
      textTransform: 'uppercase',
    });
  });

  it('can be set to the custom properties of the page, whatever their names are', async () => {
    const style = await styleWith(`:root { --accent: #7a1fa2; --radius: 2px; }
      injeung-verify { --injeung-accent: var(--accent); --injeung-radius: var(--radius); }`);
    expect(style).toMatchObject({ backgroundColor: 'rgb(122, 31, 162)', borderRadius: '2px' });
  });
});
