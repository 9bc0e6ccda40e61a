import { decodeJwt } from 'jose';
import { FakeSiteverify } from '../../../../test/support/fake-siteverify';
import { ManualClock } from '../../../../test/support/manual-clock';
import { TestApp } from '../../../../test/support/test-app';
import { createClient } from '../../src/client/create-client';
import { type Client, type ClientOptions, type Accepted } from '../../src/client/client.types';
import { type Verification } from '../../src/client/verification.types';

const EMAIL = 'user@example.com';

describe('the client', () => {
  let app: TestApp;
  let clock: ManualClock;
  let client: Client;
  afterEach(() => app.close());

  const start = async (env: Record<string, string> = {}, options: Partial<ClientOptions> = {}) => {
    clock = new ManualClock();
    app = await TestApp.start('sqlite', env, { clock });
    client = createClient({ endpoint: `${app.url}/graphql`, locale: 'en', ...options });
  };
  const requested = async (email = EMAIL): Promise<Verification> => {
    const result = await client.requestEmailCode({ email });
    expect(result.ok).toBe(true);
    return (result as Accepted).verification;
  };

  it('takes an address to a proof', async () => {
    await start();
    const result = await client.requestEmailCode({ email: ` ${EMAIL} `, purpose: 'login', nonce: 'n-1' });
    if (!result.ok) throw new Error(result.reason);
    const { id, recipient } = result.verification;
    expect(recipient).toBe('u***@example.com');
    const checked = await client.verifyCode({ verificationId: id, code: await app.codeFor(EMAIL) });
    if (!checked.ok) throw new Error(checked.reason);
    expect(decodeJwt(checked.proof)).toMatchObject({ sub: EMAIL, purpose: 'login', nonce: 'n-1' });
    expect(checked.verification.status).toBe('VERIFIED');
  });

  it('takes a number to a proof, and sends the message in its language', async () => {
    await start({}, { locale: 'ko' });
    const result = await client.requestSmsCode({ phoneNumber: '010-1234-5678' });
    if (!result.ok) throw new Error(result.reason);
    const code = await app.codeFor('+821012345678');
    expect((await app.inbox())[0]!.text).toContain('인증번호');
    expect(await client.verifyCode({ verificationId: result.verification.id, code })).toMatchObject({
      ok: true,
    });
  });

  it('returns a refusal with the field and the rule for what a user may mistype', async () => {
    await start();
    const refusals = [
      await client.requestEmailCode({ email: 'user' }),
      await client.requestEmailCode({ email: '' }),
      await client.requestEmailCode({ email: '이름@example.com' }),
      await client.requestSmsCode({ phoneNumber: '12' }),
      await client.requestSmsCode({ phoneNumber: '02-312-3456' }),
    ];
    expect(refusals).toMatchObject([
      { ok: false, reason: 'BAD_USER_INPUT', field: 'email', rule: 'INVALID_EMAIL' },
      { field: 'email' },
      { field: 'email', rule: 'UNSUPPORTED_EMAIL' },
      { field: 'phoneNumber', rule: 'INVALID_PHONE_NUMBER' },
      { field: 'phoneNumber', rule: 'NOT_MOBILE' },
    ]);
    const { id } = await requested();
    const short = await client.verifyCode({ verificationId: id, code: '12' });
    expect(short).toMatchObject({ reason: 'BAD_USER_INPUT', field: 'code', rule: 'INVALID_CODE' });
    expect(client.describe(short as Exclude<typeof short, { ok: true }>)).toBe(
      'Please enter every digit of the code.',
    );
  });

  it('throws for an option of the developer that breaks a rule', async () => {
    await start();
    await expect(client.requestEmailCode({ email: EMAIL, purpose: 'Not a purpose' })).rejects.toMatchObject({
      name: 'InjeungError',
      code: 'BAD_USER_INPUT',
      extensions: { fields: [{ path: 'input.purpose' }] },
    });
    await client.requestEmailCode({ email: EMAIL, idempotencyKey: 'mine' });
    const other = client.requestEmailCode({ email: 'other@example.com', idempotencyKey: 'mine' });
    await expect(other).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('throws when the endpoint is not Injeung, and names the option', async () => {
    await start();
    const elsewhere = createClient({ endpoint: `${app.url}/healthz` });
    await expect(elsewhere.requestEmailCode({ email: EMAIL })).rejects.toMatchObject({
      code: 'NOT_GRAPHQL',
      message: expect.stringContaining('"endpoint"'),
    });
  });

  it('sends the application key of `headers`, and throws without one where keys are required', async () => {
    const key = 'application-key-of-the-test-suite';
    await start({ APP_API_KEYS: key });
    await expect(client.requestEmailCode({ email: EMAIL })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    const headers = async () => ({ authorization: `Bearer ${key}` });
    const holder = createClient({ endpoint: new URL(`${app.url}/graphql`), headers });
    expect(await holder.requestEmailCode({ email: EMAIL })).toMatchObject({ ok: true });
  });

  it('returns every reason for which a code is refused', async () => {
    await start({ MAX_ATTEMPTS: '2', EMAIL_CODE_TTL_SECONDS: '600' });
    const check = (verificationId: string, code: string) => client.verifyCode({ verificationId, code });
    const { id } = await requested();
    const code = await app.codeFor(EMAIL);
    expect(await check(id, TestApp.wrong(code))).toMatchObject({
      reason: 'WRONG_CODE',
      attemptsRemaining: 1,
    });
    expect(await check(id, TestApp.wrong(code))).toMatchObject({
      reason: 'WRONG_CODE',
      attemptsRemaining: 0,
    });
    expect(await check(id, code)).toMatchObject({ reason: 'LOCKED', verification: { status: 'LOCKED' } });

    const used = await requested('used@example.com');
    expect(await check(used.id, await app.codeFor('used@example.com'))).toMatchObject({ ok: true });
    expect(await check(used.id, code)).toMatchObject({ reason: 'ALREADY_USED' });

    const canceled = await requested('canceled@example.com');
    expect(await client.cancel(canceled.id)).toMatchObject({
      ok: true,
      verification: { status: 'CANCELED' },
    });
    expect(await check(canceled.id, code)).toMatchObject({ reason: 'CANCELED' });

    const expired = await requested('expired@example.com');
    clock.advance(600);
    expect(await check(expired.id, code)).toMatchObject({ reason: 'EXPIRED' });
    expect(await check('unknown', code)).toMatchObject({ reason: 'NOT_FOUND', verification: null });
  });

  it('returns the limit that refuses and the seconds to wait', async () => {
    await start({ RESEND_COOLDOWN_SECONDS: '60', RECIPIENT_HOURLY_LIMIT: '2', RECIPIENT_DAILY_GUESSES: '1' });
    const { id } = await requested();
    const cooldown = await client.resendCode({ verificationId: id });
    expect(cooldown).toMatchObject({
      reason: 'RATE_LIMITED',
      limit: 'RESEND_COOLDOWN',
      retryAfterSeconds: 60,
    });
    expect(client.describe(cooldown as Exclude<typeof cooldown, { ok: true }>)).toContain('in 60 seconds');
    clock.advance(60);
    expect(await client.resendCode({ verificationId: id })).toMatchObject({
      ok: true,
      verification: { id, resendInSeconds: 60 },
    });
    clock.advance(60);
    expect(await client.resendCode({ verificationId: id })).toMatchObject({ limit: 'RECIPIENT_HOURLY' });
    const code = await app.codeFor(EMAIL);
    await client.verifyCode({ verificationId: id, code: TestApp.wrong(code) });
    expect(await client.verifyCode({ verificationId: id, code })).toMatchObject({
      reason: 'RATE_LIMITED',
      limit: 'RECIPIENT_DAILY_GUESSES',
    });
  });

  it('returns the cause for which a recipient is not allowed, and that a channel is switched off', async () => {
    await start({ SMS_COUNTRIES: 'KR' });
    const abroad = await client.requestSmsCode({ phoneNumber: '+14155552671' });
    expect(abroad).toMatchObject({ reason: 'RECIPIENT_NOT_ALLOWED', cause: 'COUNTRY' });
    await app.restart({ SMS_PROVIDER: 'none' });
    const local = createClient({ endpoint: `${app.url}/graphql` });
    const off = await local.requestSmsCode({ phoneNumber: '010-1234-5678' });
    expect(off).toEqual({ ok: false, reason: 'CHANNEL_UNAVAILABLE' });
  });

  it('returns HUMAN_CHECK_REQUIRED and sends the token of the check', async () => {
    const site = await FakeSiteverify.start();
    await start(site.environment('always'));
    expect(await client.requestEmailCode({ email: EMAIL })).toMatchObject({ reason: 'HUMAN_CHECK_REQUIRED' });
    const input = { email: EMAIL, humanToken: site.token() };
    expect(await client.requestEmailCode(input)).toMatchObject({ ok: true });
    await site.close();
  });

  it('refuses to send a code again after its verification has ended, or without one', async () => {
    await start();
    const { id } = await requested();
    await client.cancel(id);
    expect(await client.resendCode({ verificationId: id })).toEqual({ ok: false, reason: 'ENDED' });
    expect(await client.resendCode({ verificationId: 'x' })).toEqual({ ok: false, reason: 'NOT_FOUND' });
    expect(await client.cancel('x')).toEqual({ ok: false, reason: 'NOT_FOUND' });
    expect(await client.verification('x')).toEqual({ ok: false, reason: 'NOT_FOUND' });
    expect(await client.verification(id)).toMatchObject({ ok: true, verification: { status: 'CANCELED' } });
  });
});
