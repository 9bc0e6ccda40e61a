import { DIALECTS } from '../support/databases';
import { FakeSiteverify } from '../support/fake-siteverify';
import { ManualClock } from '../support/manual-clock';
import { type GraphQLAnswer, TestApp } from '../support/test-app';

const APP_KEY = 'application-key-of-the-test-suite';
const extensionsOf = ({ errors }: GraphQLAnswer) => errors?.[0]?.extensions;
const codeOf = (answer: GraphQLAnswer) => extensionsOf(answer)?.code ?? 'OK';
const limitOf = (answer: GraphQLAnswer) => extensionsOf(answer)?.limit;

describe.each(DIALECTS)('the human check, on %s', (dialect) => {
  let app: TestApp;
  let site: FakeSiteverify;
  let clock: ManualClock;
  beforeEach(async () => {
    clock = new ManualClock();
    site = await FakeSiteverify.start();
  });
  afterEach(async () => {
    await app.close();
    await site.close();
  });

  const start = async (mode: string | undefined, env: Record<string, string> = {}) =>
    (app = await TestApp.start(dialect, { ...site.environment(mode), ...env }, { clock }));
  const ask = (name: string, humanToken?: string, input: object = {}) =>
    app.requestEmail(`${name}@example.com`, { humanToken, ...input });

  it('requires a token of everybody with always, sends each token to the provider once, and never logs it', async () => {
    await start('always');
    expect(codeOf(await ask('none'))).toBe('HUMAN_CHECK_REQUIRED');
    expect(codeOf(await ask('forged', 'not-a-token-of-the-site'))).toBe('HUMAN_CHECK_REQUIRED');
    const token = site.token();
    expect(codeOf(await ask('first', token))).toBe('OK');
    expect(codeOf(await ask('second', token))).toBe('HUMAN_CHECK_REQUIRED');
    expect(codeOf(await app.requestSms('010-1234-5678', { humanToken: site.token() }))).toBe('OK');
    expect(await app.inbox('second@example.com')).toEqual([]);
    expect(site.forms[1]).toMatchObject({ response: token, remoteip: '127.0.0.1' });
    for (const secret of [token, 'secret-of-the-site', 'not-a-token-of-the-site']) {
      expect(app.log.join('')).not.toContain(secret);
      expect(app.answers.join('')).not.toContain(secret);
    }
  });

  it('with always does not require a token for a repeated request or a test recipient, and raises no limit', async () => {
    // The lost request and the request of the test recipient use up the limit.
    await start('always', { IP_HOURLY_LIMIT: '2', TEST_RECIPIENTS: 'review@example.com=1234' });
    const humanToken = site.token();
    const first = await ask('lost', humanToken, { idempotencyKey: 'k' });
    const again = await ask('lost', humanToken, { idempotencyKey: 'k' });
    expect(again.data.requestEmailCode.id).toBe(first.data.requestEmailCode.id);
    expect(codeOf(await ask('review'))).toBe('OK');
    expect(extensionsOf(await ask('more', site.token()))).toMatchObject({
      code: 'RATE_LIMITED',
      limit: 'IP_HOURLY',
    });
  });

  it('with always refuses every request with CHANNEL_UNAVAILABLE while its provider fails', async () => {
    await start('always');
    for (const failure of [{ status: 500 }, { drop: 'before' as const }, { status: 200, body: { ok: 1 } }]) {
      site.answerNext(failure);
      expect(extensionsOf(await ask('down', site.token()))).toEqual({
        code: 'CHANNEL_UNAVAILABLE',
        retryAfterSeconds: 5,
      });
    }
    site.answerNext({ status: 200, body: { success: false, 'error-codes': ['invalid-input-secret'] } });
    expect(codeOf(await ask('secret', site.token()))).toBe('CHANNEL_UNAVAILABLE');
    expect(app.log.join('')).toContain('check HUMAN_CHECK_URL and HUMAN_CHECK_SECRET');
    expect(codeOf(await ask('up', site.token()))).toBe('OK');
  });

  it('waits three seconds for the provider and not longer', async () => {
    await start('always');
    site.answerNext({ delayMs: 3_600 });
    expect(codeOf(await ask('slow', site.token()))).toBe('CHANNEL_UNAVAILABLE');
  });

  it('with when-limited is required instead of a refusal by a shared limit, which it raises by a bounded share', async () => {
    await start('when-limited', { IP_HOURLY_LIMIT: '4', HUMAN_CHECK_EXTRA_PERCENT: '50' });
    for (let n = 0; n < 4; n++) expect(codeOf(await ask(`free-${n}`))).toBe('OK');
    expect(site.calls).toEqual([]);
    const asked = extensionsOf(await ask('more'));
    expect(asked).toMatchObject({ code: 'HUMAN_CHECK_REQUIRED', limit: 'IP_HOURLY' });
    expect(asked.retryAfterSeconds).toBeGreaterThan(0);
    expect(codeOf(await ask('more', 'no-human'))).toBe('HUMAN_CHECK_REQUIRED');
    const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => ask(`human-${n}`, site.token())));
    expect(answers.filter((answer) => codeOf(answer) === 'OK')).toHaveLength(2);
    expect(answers.filter((answer) => codeOf(answer) === 'RATE_LIMITED')).toHaveLength(4);
    expect(codeOf(await ask('still'))).toBe('HUMAN_CHECK_REQUIRED');
  });

  it('with when-limited raises every shared limit but no recipient limit, also for resends', async () => {
    await start(undefined, {
      SMS_PREFIX_HOURLY_LIMIT: '1',
      SMS_DAILY_LIMIT: '2',
      RECIPIENT_HOURLY_LIMIT: '2',
    });
    const sms = (number: string, humanToken?: string) => app.requestSms(number, { humanToken });
    const { id } = (await sms('010-4000-0001')).data.requestSmsCode;
    expect(limitOf(await sms('010-4000-0002'))).toBe('SMS_PREFIX');
    const resend = (humanToken: string | null) =>
      app.gql(
        'mutation ($id: ID!, $humanToken: String) { resendCode(verificationId: $id, humanToken: $humanToken) { id } }',
        { id, humanToken },
      );
    expect(extensionsOf(await resend(null))).toMatchObject({
      code: 'HUMAN_CHECK_REQUIRED',
      limit: 'SMS_PREFIX',
    });
    expect(codeOf(await resend(site.token()))).toBe('OK');
    expect(extensionsOf(await resend(site.token()))).toMatchObject({
      code: 'RATE_LIMITED',
      limit: 'RECIPIENT_HOURLY',
    });
    expect(extensionsOf(await sms('010-4001-0001'))).toMatchObject({
      code: 'HUMAN_CHECK_REQUIRED',
      limit: 'SMS_DAILY',
    });
    expect(codeOf(await sms('010-4001-0001', site.token()))).toBe('OK');
  });

  it('with when-limited refuses as if it were off while the provider fails', async () => {
    await start('when-limited', { IP_HOURLY_LIMIT: '1' });
    await ask('first');
    site.answerNext({ status: 503 });
    expect(extensionsOf(await ask('second', site.token()))).toMatchObject({
      code: 'RATE_LIMITED',
      limit: 'IP_HOURLY',
    });
  });

  it('with always does not let one client with invented tokens block the requests of others', async () => {
    await start('always', { APP_API_KEYS: APP_KEY, IP_HOURLY_LIMIT: '5' });
    const headers = { authorization: `Bearer ${APP_KEY}` };
    let asked = 0;
    const from = (clientIp: string | undefined, humanToken: string) =>
      app.requestEmail(`junk-${asked++}@example.com`, { clientIp, humanToken }, headers);
    // Every check takes as long as the server waits.
    site.answerAlways({ delayMs: 10_000 });
    const junk = ['192.0.2.1', '2001:db8::1'].flatMap((address) =>
      Array.from({ length: 25 }, (_, n) => from(address, `junk-${address}-${n}`)),
    );
    await site.waitForCalls(16, /siteverify/);
    site.answerAlways(null);
    expect(codeOf(await from('198.51.100.1', site.token()))).toBe('OK');
    expect(codeOf(await from('2001:db8:1::1', site.token()))).toBe('OK');
    expect(codeOf(await from(undefined, site.token()))).toBe('OK');
    const answers = await Promise.all(junk);
    const limited = answers.filter((answer) => limitOf(answer) === 'IP_HOURLY');
    expect(limited).toHaveLength(50 - 16);
    expect(extensionsOf(limited[0]!)).toEqual({
      code: 'RATE_LIMITED',
      limit: 'IP_HOURLY',
      retryAfterSeconds: expect.any(Number),
    });
    expect(site.calls).toHaveLength(16 + 3);
  });

  it('admits twice as many checks of an address as it may send messages, including failed ones, and refuses further checks', async () => {
    await start('always', { IP_HOURLY_LIMIT: '3' });
    for (let n = 0; n < 6; n++) expect(codeOf(await ask('junk', `junk-${n}`))).toBe('HUMAN_CHECK_REQUIRED');
    expect(extensionsOf(await ask('junk', 'junk-6'))).toEqual({
      code: 'RATE_LIMITED',
      limit: 'IP_HOURLY',
      retryAfterSeconds: 600,
    });
    expect(extensionsOf(await ask('honest', site.token()))).toMatchObject({ limit: 'IP_HOURLY' });
    expect(site.calls).toHaveLength(6);
    clock.advance(600);
    expect(codeOf(await ask('honest', site.token()))).toBe('OK');
    expect(limitOf(await ask('honest', site.token()))).toBe('IP_HOURLY');
  });

  it('with when-limited also limits the checks, and the limit is raised together with the shared limit', async () => {
    await start('when-limited', { IP_HOURLY_LIMIT: '1', HUMAN_CHECK_EXTRA_PERCENT: '100' });
    await ask('free');
    for (let n = 0; n < 4; n++) expect(codeOf(await ask('junk', `junk-${n}`))).toBe('HUMAN_CHECK_REQUIRED');
    expect(codeOf(await ask('junk', 'junk-5'))).toBe('RATE_LIMITED');
    expect(site.calls).toHaveLength(4);
  });

  it('never sends a token twice after it was refused or accepted, but sends it again after the provider failed', async () => {
    await start('always');
    for (let n = 0; n < 5; n++) expect(codeOf(await ask('same', 'forged'))).toBe('HUMAN_CHECK_REQUIRED');
    expect(site.calls).toHaveLength(1);
    const token = site.token();
    const atOnce = await Promise.all(Array.from({ length: 6 }, (_, n) => ask(`once-${n}`, token)));
    expect(atOnce.map(codeOf).sort()).toEqual(
      [...Array<string>(5).fill('HUMAN_CHECK_REQUIRED'), 'OK'].sort(),
    );
    expect(codeOf(await ask('again', token))).toBe('HUMAN_CHECK_REQUIRED');
    expect(site.calls).toHaveLength(2);
    const unlucky = site.token();
    site.answerNext({ drop: 'before' });
    expect(codeOf(await ask('unlucky', unlucky))).toBe('CHANNEL_UNAVAILABLE');
    expect(codeOf(await ask('unlucky', unlucky))).toBe('OK');
  });

  it('refuses a token that is too long without calling the provider', async () => {
    await start('always');
    expect(codeOf(await ask('long', 'x'.repeat(8_193)))).toBe('BAD_USER_INPUT');
    expect(site.calls).toEqual([]);
  });

  it.each([
    ['an answer that is too long', { status: 200, body: { success: true, padding: 'x'.repeat(20_000) } }],
    ['a success with an error status', { status: 500, body: { success: true } }],
    ['a redirect', { status: 302, headers: { location: '/siteverify' }, body: { success: true } }],
    [
      'a temporary redirect that would send the secret on',
      { status: 307, headers: { location: '/siteverify' } },
    ],
    ['a list', { status: 200, body: [] }],
    ['a refusal without a reason and with an error status', { status: 400, body: { success: false } }],
    ['too many requests', { status: 429, body: { success: false, 'error-codes': ['rate-limited'] } }],
  ])('with always refuses a request when the provider answers with %s', async (_what, answer) => {
    await start('always');
    site.answerNext(answer);
    expect(codeOf(await ask('broken', site.token()))).toBe('CHANNEL_UNAVAILABLE');
    expect(site.calls).toHaveLength(1);
  });

  it('is refused by an answer with status 400, whose hostile error code is not logged', async () => {
    await start('always');
    site.answerNext({ status: 400, body: { success: false, 'error-codes': ['invalid-input-response'] } });
    expect(codeOf(await ask('form', 'not-even-a-token'))).toBe('HUMAN_CHECK_REQUIRED');
    site.answerNext({ status: 200, body: { success: 'yes', 'error-codes': ['y'.repeat(5_000)] } });
    expect(codeOf(await ask('hostile', site.token()))).toBe('CHANNEL_UNAVAILABLE');
    expect(app.log.join('')).not.toContain('y'.repeat(50));
  });

  it("sends the provider the address of an application's end user instead of the application's address", async () => {
    await start('always', { APP_API_KEYS: APP_KEY });
    const headers = { authorization: `Bearer ${APP_KEY}` };
    const input = (clientIp?: string) => ({ humanToken: site.token(), clientIp });
    await app.requestEmail('v6@example.com', input('2001:db8::7'), headers);
    await app.requestEmail('none@example.com', input(), headers);
    expect(site.forms.map(({ remoteip }) => remoteip)).toEqual(['2001:db8::7', undefined]);
  });
});
