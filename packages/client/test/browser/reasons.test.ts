import { FakeSiteverify } from '../../../../test/support/fake-siteverify';
import { TestApp } from '../../../../test/support/test-app';
import { type ReasonTexts } from '../../src/texts/texts.types';
import { chooseReasonTexts } from '../../src/texts/choose-texts';
import { HAS_CHROMIUM } from '../support/chromium';
import { VerifyPage } from '../support/verify-page';

const EMAIL = 'user@example.com';
const NUMBER = '010-1234-5678';
const inBrowser = HAS_CHROMIUM ? describe : describe.skip;

interface Case {
  channel?: 'email' | 'sms';
  env?: Record<string, string>;
  /** Before the page is used. */
  before?: (ui: VerifyPage) => Promise<unknown>;
  /** What the user does. */
  act: (ui: VerifyPage) => Promise<unknown>;
}

const ask = (recipient: string) => async (ui: VerifyPage) => {
  await ui.recipient.fill(recipient);
  await ui.submit.click();
};
const enter = async (ui: VerifyPage, code: string) => {
  await ui.code.fill(code);
  await ui.submit.click({ force: true });
};
/** A code was requested in the page, and then something happened elsewhere. */
const after =
  (happened: (app: TestApp, id: string, code: string) => Promise<unknown>) => async (ui: VerifyPage) => {
    await ui.request(EMAIL);
    const code = await ui.app.codeFor(EMAIL);
    await happened(ui.app, await ui.verificationId(), code);
    await ui.code.fill(code);
  };

const CASES: Partial<Record<keyof ReasonTexts, Case>> = {
  INVALID_EMAIL: { act: ask('user@') },
  UNSUPPORTED_EMAIL: { act: ask('이름@example.com') },
  INVALID_PHONE_NUMBER: { channel: 'sms', act: ask('12') },
  NOT_MOBILE: { channel: 'sms', act: ask('02-312-3456') },
  COUNTRY: { channel: 'sms', act: ask('+1 415 555 2671') },
  CHANNEL_UNAVAILABLE: { channel: 'sms', env: { SMS_PROVIDER: 'none' }, act: ask(NUMBER) },
  INTERNAL_SERVER_ERROR: { env: { APP_API_KEYS: 'application-key-of-the-test-suite' }, act: ask(EMAIL) },
  RESEND_COOLDOWN: {
    env: { RESEND_COOLDOWN_SECONDS: '60' },
    before: (ui) => ui.app.requestEmail(EMAIL),
    act: ask(EMAIL),
  },
  RECIPIENT_HOURLY: {
    env: { RECIPIENT_HOURLY_LIMIT: '1' },
    before: (ui) => ui.app.requestEmail(EMAIL),
    act: ask(EMAIL),
  },
  RECIPIENT_DAILY: {
    env: { RECIPIENT_DAILY_LIMIT: '1' },
    before: (ui) => ui.app.requestEmail(EMAIL),
    act: ask(EMAIL),
  },
  IP_HOURLY: {
    env: { IP_HOURLY_LIMIT: '1' },
    before: (ui) => ui.app.requestEmail('other@example.com'),
    act: ask(EMAIL),
  },
  EMAIL_DAILY: {
    env: { EMAIL_DAILY_LIMIT: '1' },
    before: (ui) => ui.app.requestEmail('other@example.com'),
    act: ask(EMAIL),
  },
  SMS_DAILY: {
    channel: 'sms',
    env: { SMS_DAILY_LIMIT: '1' },
    before: (ui) => ui.app.requestSms('010-9999-5678'),
    act: ask(NUMBER),
  },
  SMS_PREFIX: {
    channel: 'sms',
    env: { SMS_PREFIX_HOURLY_LIMIT: '1' },
    before: (ui) => ui.app.requestSms('010-1234-9999'),
    act: ask(NUMBER),
  },
  RECIPIENT_DAILY_GUESSES: {
    env: { RECIPIENT_DAILY_GUESSES: '1' },
    act: after((app, id, code) => app.verify(id, TestApp.wrong(code))),
  },
  INVALID_CODE: {
    act: async (ui) => {
      await ui.request(EMAIL);
      await enter(ui, '12');
    },
  },
  WRONG_CODE: {
    act: async (ui) => {
      await ui.request(EMAIL);
      await ui.code.fill(TestApp.wrong(await ui.app.codeFor(EMAIL)));
    },
  },
  LAST_WRONG_CODE: {
    env: { MAX_ATTEMPTS: '1' },
    act: async (ui) => {
      await ui.request(EMAIL);
      await ui.code.fill(TestApp.wrong(await ui.app.codeFor(EMAIL)));
    },
  },
  LOCKED: { env: { MAX_ATTEMPTS: '1' }, act: after((app, id, code) => app.verify(id, TestApp.wrong(code))) },
  ALREADY_USED: { act: after((app, id, code) => app.verify(id, code)) },
  CANCELED: {
    act: after((app, id) => app.gql(`mutation { cancelVerification(verificationId: "${id}") { id } }`)),
  },
  NOT_FOUND: {
    act: after((app) =>
      app.admin(`mutation { eraseRecipient(input: { email: "${EMAIL}" }) { verifications } }`),
    ),
  },
  EXPIRED: {
    env: { EMAIL_CODE_TTL_SECONDS: '60' },
    act: async (ui) => {
      await ui.request(EMAIL);
      await ui.advance(61);
    },
  },
  ENDED: {
    act: async (ui) => {
      await ui.request(EMAIL);
      await ui.app.delivered(await ui.verificationId());
      await ui.app.gql(
        `mutation { cancelVerification(verificationId: "${await ui.verificationId()}") { id } }`,
      );
      await ui.resend.click();
    },
  },
  NETWORK_ERROR: {
    act: async (ui) => {
      await ui.page.route('**/graphql', (route) => route.abort());
      await ask(EMAIL)(ui);
      while ((await ui.error.count()) === 0) await ui.page.clock.runFor(1_000);
    },
  },
};

/** These reasons need a later server, or a text of their kind that no server sends alone. */
const ELSEWHERE = ['RATE_LIMITED', 'RECIPIENT_NOT_ALLOWED', 'SUPPRESSED', 'PURPOSE', 'HUMAN_CHECK_REQUIRED'];

it('every reason is shown by one of the tests', () => {
  expect([...Object.keys(CASES), ...ELSEWHERE].sort()).toEqual(Object.keys(chooseReasonTexts('en')).sort());
});

inBrowser.each(['ko', 'en'] as const)('the element in %s', (lang) => {
  let ui: VerifyPage;
  beforeAll(async () => {
    ui = await VerifyPage.start();
  });
  afterAll(() => ui.close());
  const texts = chooseReasonTexts(lang);
  const shows = async (reason: keyof ReasonTexts) => {
    await ui.error.waitFor();
    const [before, end] = texts[reason].split(/\{\w+\}/);
    const shown = (await ui.error.textContent())!;
    expect(shown.startsWith(before!) && shown.endsWith(end ?? '')).toBe(true);
    expect(shown).not.toContain('{');
  };

  it.each(Object.entries(CASES) as [keyof ReasonTexts, Case][])(
    'shows %s at the field',
    async (reason, { channel = 'email', env, before, act }) => {
      await ui.open(`channel="${channel}"`, env, { lang });
      await before?.(ui);
      await act(ui);
      await shows(reason);
      const field = (await ui.code.isVisible()) ? ui.code : ui.recipient;
      const error = await ui.error.getAttribute('id');
      expect(await field.getAttribute('aria-describedby')).toContain(error);
    },
  );

  it('shows HUMAN_CHECK_REQUIRED where the page has no check', async () => {
    const site = await FakeSiteverify.start();
    await ui.open('', site.environment('always'), { lang });
    await ask(EMAIL)(ui);
    await shows('HUMAN_CHECK_REQUIRED');
    await site.close();
  });
});
