import { HAS_CHROMIUM } from '../support/chromium';
import { VerifyPage } from '../support/verify-page';

const EMAIL = 'user@example.com';
const inBrowser = HAS_CHROMIUM ? describe : describe.skip;
const fullWidth = (code: string) =>
  code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));

inBrowser('the field of the code', () => {
  let ui: VerifyPage;
  beforeAll(async () => {
    ui = await VerifyPage.start();
  });
  afterAll(() => ui.close());
  const verified = () => ui.page.locator('[part=verified]:visible').waitFor();

  const requested = async () => {
    await ui.open();
    await ui.request(EMAIL);
    return ui.app.codeFor(EMAIL);
  };
  const paste = (pasted: string) =>
    ui.code.evaluate((input, value) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text', value);
      input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, pasted);

  it.each([
    ['the code', (code: string) => code],
    ['the code with a gap', (code: string) => ` ${code.slice(0, 3)} ${code.slice(3)}\n`],
    ['the code with a hyphen', (code: string) => `${code.slice(0, 3)}–${code.slice(3)}`],
    ['full-width digits', fullWidth],
    [
      'a whole message',
      (code: string) => `[Example] 인증번호 ${code}\n타인에게 알려주지 마세요. 문의 1588-0000 (2026-01-15)`,
    ],
    [
      'a message with the line for browsers',
      (code: string) => `Your code is ${code}.\n\n@app.example.com #${code}`,
    ],
  ])('accepts a paste of %s and checks it at once', async (_, textWith) => {
    await paste(textWith(await requested()));
    await verified();
  });

  it('fills in what the browser suggests, and full-width digits of an input method', async () => {
    const code = await requested();
    await ui.code.fill(fullWidth(code));
    await verified();
  });

  it('ignores letters, keeps a wrong code selected, and does not check the same code again while it is corrected', async () => {
    const code = await requested();
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
    await ui.code.pressSequentially(`a${wrong.slice(0, 2)}b-${wrong.slice(2)}`);
    await ui.error.waitFor();
    expect(await ui.error.textContent()).toBe('The code is not correct. Attempts left: 4');
    expect(await ui.code.getAttribute('aria-invalid')).toBe('true');
    await ui.page.keyboard.type(code);
    await verified();
  });

  it('fills in the code of an SMS that the browser reads by WebOTP', async () => {
    await ui.open('channel="sms"');
    await ui.page.evaluate(() => {
      // Only a phone has this interface, so the test is the phone.
      Object.assign(globalThis, { OTPCredential: class {} });
      navigator.credentials.get = (options) =>
        new Promise((resolve) => {
          Object.assign(globalThis, {
            received: (code: string) => resolve({ code } as never),
            asked: options,
          });
        });
    });
    await ui.request('010-1234-5678');
    const code = await ui.app.codeFor('+821012345678');
    expect(await ui.page.evaluate(() => (globalThis as any).asked.otp)).toEqual({ transport: ['sms'] });
    await ui.page.evaluate((received) => (globalThis as any).received(received), code);
    await verified();
  });
});
