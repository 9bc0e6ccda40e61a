import { decodeJwt } from 'jose';
import { HAS_CHROMIUM } from '../support/chromium';
import { VerifyPage } from '../support/verify-page';

const inBrowser = HAS_CHROMIUM ? describe : describe.skip;

inBrowser('the element', () => {
  let it_: VerifyPage;
  beforeAll(async () => {
    it_ = await VerifyPage.start();
  });
  afterAll(() => it_.close());

  it('takes an e-mail address to a proof under a strict Content-Security-Policy, which the form sends', async () => {
    await it_.open('name="proof" purpose="sign-up" nonce="session-1" required');
    await it_.request('user@example.com');
    await it_.page.screenshot({ path: '/tmp/client/code.png' });
    await it_.code.pressSequentially(await it_.app.codeFor('user@example.com'));
    await it_.page.locator('[part=verified]:visible').waitFor();
    await it_.page.screenshot({ path: '/tmp/client/verified.png' });
    const proof = await it_.proof();
    expect(decodeJwt(proof!)).toMatchObject({ sub: 'user@example.com', nonce: 'session-1' });
    await it_.page.getByText('Join').click();
    await it_.page.waitForURL(/\/done/);
    expect(new URL(it_.page.url()).searchParams.get('proof')).toBe(proof);
    expect(it_.errors).toEqual([]);
  });
});
