import { createRemoteJWKSet, jwtVerify } from 'jose';
import { DIALECTS } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { ADMIN_KEY, TestApp } from '../support/test-app';

describe.each(DIALECTS)('a verification, on %s', (dialect) => {
  let app: TestApp;
  const clock = new ManualClock();

  beforeAll(async () => {
    app = await TestApp.start(
      dialect,
      { TEST_RECIPIENTS: '+821000000000=012345,review@example.com=9999' },
      { clock },
    );
  });
  afterAll(() => app.close());

  it('of an e-mail address yields a proof that any back end can check', async () => {
    const { data } = await app.requestEmail('Kim@Example.COM', { nonce: 'session-1', purpose: 'sign-up' });
    const { id, ...rest } = data.requestEmailCode;
    expect(rest).toMatchObject({
      channel: 'EMAIL',
      recipient: 'K***@example.com',
      codeLength: 6,
      attemptsRemaining: 5,
      status: 'PENDING',
      delivery: { status: 'QUEUED', failure: null },
    });
    expect(Date.parse(rest.expiresAt) - Date.parse(rest.createdAt)).toBe(1_800_000);
    expect(rest.resendAvailableAt).toBe(rest.createdAt);
    const code = await app.codeFor('kim@example.com');
    const answer = (await app.verify(id, code)).data.verifyCode;
    expect(answer).toMatchObject({ verified: true, reason: null });
    const keys = createRemoteJWKSet(new URL(`${app.url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(answer.proof, keys, {
      issuer: 'injeung',
      currentDate: new Date(clock.now()),
    });
    expect(payload).toMatchObject({
      sub: 'Kim@example.com',
      channel: 'EMAIL',
      purpose: 'sign-up',
      nonce: 'session-1',
    });
    expect(payload.exp! - payload.iat!).toBe(600);
    expect((await app.verification(id)).status).toBe('VERIFIED');
  });

  it('refuses a nonce with control characters, with the name of the field, on every database', async () => {
    for (const nonce of ['a\0b', 'a\nb', '\ud800']) {
      const { errors } = await app.requestEmail('kim@example.com', { nonce });
      expect(errors![0]!.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'input.nonce', message: 'must not contain control characters' }],
      });
    }
    expect((await app.requestEmail('kim@example.com', { nonce: '세션 1 🙂' })).errors).toBeUndefined();
  });

  it('of a mobile number accepts its national format', async () => {
    const { data } = await app.requestSms('010-1234-5678');
    expect(data.requestSmsCode.recipient).toBe('+82 10-****-5678');
    const code = await app.codeFor('+821012345678');
    expect((await app.inbox('010-1234-5678'))[0]!.text).toBe(`인증번호는 [${code}]입니다.`);
    expect((await app.verify(data.requestSmsCode.id, code)).data.verifyCode.verified).toBe(true);
  });

  it('sends its message in the requested language, and in Korean otherwise', async () => {
    for (const [locale, words] of [
      ['en-GB', 'Your verification code'],
      ['ko-KR', '인증번호'],
      ['fr', '인증번호'],
    ]) {
      await app.requestEmail(`speaks-${locale}@example.com`, { locale });
      await app.codeFor(`speaks-${locale}@example.com`);
      expect((await app.inbox(`speaks-${locale}@example.com`))[0]!.text).toContain(words);
    }
  });

  it('is locked after the last wrong attempt, and refuses the right code then', async () => {
    const { id } = (await app.requestEmail('locks@example.com')).data.requestEmailCode;
    const code = await app.codeFor('locks@example.com');
    const answers = [];
    for (let attempt = 0; attempt < 6; attempt++)
      answers.push((await app.verify(id, TestApp.wrong(code))).data.verifyCode);
    expect(answers.map((answer) => [answer.reason, answer.attemptsRemaining])).toEqual([
      ['WRONG_CODE', 4],
      ['WRONG_CODE', 3],
      ['WRONG_CODE', 2],
      ['WRONG_CODE', 1],
      ['WRONG_CODE', 0],
      ['LOCKED', 0],
    ]);
    expect((await app.verify(id, code)).data.verifyCode).toMatchObject({
      verified: false,
      reason: 'LOCKED',
      proof: null,
    });
    expect((await app.verification(id)).status).toBe('LOCKED');
  });

  it('accepts its code once', async () => {
    const { id } = (await app.requestEmail('once@example.com')).data.requestEmailCode;
    const code = await app.codeFor('once@example.com');
    await app.verify(id, code);
    expect((await app.verify(id, code)).data.verifyCode).toMatchObject({
      verified: false,
      reason: 'ALREADY_USED',
    });
  });

  it('returns the same proof again for a minute with the same idempotency key', async () => {
    const { id } = (await app.requestEmail('lost@example.com')).data.requestEmailCode;
    const code = await app.codeFor('lost@example.com');
    const first = (await app.verify(id, code, { idempotencyKey: 'a' })).data.verifyCode;
    clock.advance(59);
    expect((await app.verify(id, code, { idempotencyKey: 'a' })).data.verifyCode).toEqual(first);
    expect((await app.verify(id, code, { idempotencyKey: 'b' })).data.verifyCode.reason).toBe('ALREADY_USED');
    expect(
      (await app.verify(id, TestApp.wrong(code), { idempotencyKey: 'a' })).data.verifyCode.verified,
    ).toBe(false);
    clock.advance(2);
    expect((await app.verify(id, code, { idempotencyKey: 'a' })).data.verifyCode.reason).toBe('ALREADY_USED');
  });

  it('ignores spaces, hyphens and full-width digits in a code, and a text that is not a code consumes no attempt', async () => {
    const { id } = (await app.requestEmail('typed@example.com')).data.requestEmailCode;
    const code = await app.codeFor('typed@example.com');
    for (const nonsense of ['', '12345', '1234567', '12a456', '①②③④⑤⑥', '123.456']) {
      const { errors } = await app.verify(id, nonsense);
      expect(errors![0]!.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'input.code' }],
      });
    }
    expect((await app.verification(id)).attemptsRemaining).toBe(5);
    const fullWidth = [...code].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('');
    expect(
      (await app.verify(id, ` ${fullWidth.slice(0, 3)} - ${fullWidth.slice(3)} `)).data.verifyCode.verified,
    ).toBe(true);
  });

  it('expires, and nothing is sent afterwards', async () => {
    const { id } = (await app.requestSms('01055556666')).data.requestSmsCode;
    const code = await app.codeFor('01055556666');
    clock.advance(300);
    expect((await app.verify(id, code)).data.verifyCode).toMatchObject({
      verified: false,
      reason: 'EXPIRED',
    });
    expect((await app.verification(id)).status).toBe('EXPIRED');
    const { errors } = await app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`, {
      id,
    });
    expect(errors![0]!.extensions.code).toBe('CONFLICT');
  });

  it('can be canceled, unless it has ended', async () => {
    const cancel = (id: string) =>
      app.gql(`mutation ($id: ID!) { cancelVerification(verificationId: $id) { id status } }`, { id });
    const { id } = (await app.requestEmail('cancels@example.com')).data.requestEmailCode;
    const code = await app.codeFor('cancels@example.com');
    expect((await cancel(id)).data.cancelVerification.status).toBe('CANCELED');
    expect((await app.verify(id, code)).data.verifyCode.reason).toBe('CANCELED');
    const other = (await app.requestEmail('settled@example.com')).data.requestEmailCode.id;
    await app.verify(other, await app.codeFor('settled@example.com'));
    expect((await cancel(other)).data.cancelVerification.status).toBe('VERIFIED');
    expect((await cancel('nonsense')).errors![0]!.extensions.code).toBe('NOT_FOUND');
  });

  it('resends the same code without changing its expiry or its attempts', async () => {
    const { id, expiresAt } = (await app.requestEmail('again@example.com')).data.requestEmailCode;
    const code = await app.codeFor('again@example.com');
    await app.verify(id, TestApp.wrong(code));
    clock.advance(30);
    const { data } = await app.gql(
      `mutation ($id: ID!) { resendCode(verificationId: $id) { expiresAt attemptsRemaining delivery { status } } }`,
      { id },
    );
    expect(data.resendCode).toMatchObject({ expiresAt, attemptsRemaining: 4 });
    await app.delivered(id);
    const messages = await app.inbox('again@example.com');
    expect(messages).toHaveLength(2);
    expect(messages.every(({ text }) => text.includes(code))).toBe(true);
  });

  it('is NOT_FOUND for an unknown or malformed id', async () => {
    for (const id of ['', 'x', 'AaH8IYUFAQbA0K1gJK7wjAgx', '../../etc/passwd', 'ㄱ'.repeat(24)]) {
      expect(await app.verification(id)).toBeNull();
      expect((await app.verify(id, '123456')).data.verifyCode).toEqual({
        verified: false,
        reason: 'NOT_FOUND',
        attemptsRemaining: 0,
        proof: null,
      });
    }
  });

  it('accepts the fixed code of a test recipient, to which nothing is sent', async () => {
    for (const [request, code] of [
      [await app.requestSms('+82 10-0000-0000'), '012345'],
      [await app.requestEmail('review@example.com'), '9999'],
    ] as const) {
      const verification = request.data.requestSmsCode ?? request.data.requestEmailCode;
      expect(verification).toMatchObject({ codeLength: code.length, delivery: { status: 'DELIVERED' } });
      expect((await app.verify(verification.id, TestApp.wrong(code))).data.verifyCode.reason).toBe(
        'WRONG_CODE',
      );
      expect((await app.verify(verification.id, code)).data.verifyCode.verified).toBe(true);
    }
    expect(await app.inbox('review@example.com')).toEqual([]);
  });

  it('returns the same verification with the same idempotency key, and refuses another input with it', async () => {
    const requests = await Promise.all(
      Array.from({ length: 8 }, () => app.requestEmail('twice@example.com', { idempotencyKey: 'k-1' })),
    );
    expect(new Set(requests.map(({ data }) => data.requestEmailCode.id)).size).toBe(1);
    await app.codeFor('twice@example.com');
    expect(await app.inbox('twice@example.com')).toHaveLength(1);
    for (const other of [
      app.requestEmail('other@example.com', { idempotencyKey: 'k-1' }),
      app.requestEmail('twice@example.com', { idempotencyKey: 'k-1', purpose: 'log-in' }),
    ]) {
      expect((await other).errors![0]!.extensions.code).toBe('CONFLICT');
    }
    clock.advance(1_801);
    const later = await app.requestEmail('twice@example.com', { idempotencyKey: 'k-1' });
    expect(later.data.requestEmailCode.id).not.toBe(requests[0]!.data.requestEmailCode.id);
  });

  it('accepts a proof once in 20 concurrent calls', async () => {
    const { id } = (await app.requestEmail('proof@example.com')).data.requestEmailCode;
    const { proof } = (await app.verify(id, await app.codeFor('proof@example.com'))).data.verifyCode;
    const consume = (token: string, key = ADMIN_KEY) =>
      app.gql(
        `mutation ($token: String!) { consumeProof(token: $token) { accepted reason verification { id } } }`,
        { token },
        { authorization: `Bearer ${key}` },
      );
    const answers = await Promise.all(Array.from({ length: 20 }, () => consume(proof)));
    const results = answers.map(({ data }) => data.consumeProof);
    expect(results.filter(({ accepted }) => accepted)).toEqual([
      { accepted: true, reason: null, verification: { id } },
    ]);
    expect(results.filter(({ reason }) => reason === 'ALREADY_CONSUMED')).toHaveLength(19);
    expect((await consume(`${proof}x`)).data.consumeProof.reason).toBe('INVALID');
    clock.advance(601);
    expect((await consume(proof)).data.consumeProof.reason).toBe('EXPIRED');
    expect((await consume(proof, 'wrong')).errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
  });
});
