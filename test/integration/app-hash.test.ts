import { DataSource } from 'typeorm';
import { SCHEMA } from '../../src/app/schema';
import { dataSourceOptions } from '../../src/database/data-source';
import { DIALECTS } from '../support/databases';
import { FakeSens } from '../support/fake-sens';
import { TestApp } from '../support/test-app';

const NUMBER = '+821020000002';
const HASH = 'FA+9qCX9VSu';
const OTHER_HASH = 'k/2uTcwpFMe';
const RESEND = `mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`;

describe.each(DIALECTS)('an app hash, on %s,', (dialect) => {
  let sens: FakeSens;
  let app: TestApp;

  beforeAll(async () => {
    sens = await FakeSens.start();
    app = await TestApp.start(dialect, {
      SMS_APP_HASHES: `${HASH}, ${OTHER_HASH}`,
      SMS_WEBOTP_DOMAIN: 'app.example.com',
    });
  });
  afterAll(async () => {
    await app.close();
    await sens.close();
  });

  const texts = async (count: number) => {
    await app.codeFor(NUMBER);
    const messages = await app.inbox(NUMBER);
    expect(messages.length).toBeGreaterThanOrEqual(count);
    return messages.slice(0, count).map(({ text, code }) => text.replaceAll(code, 'CODE'));
  };
  const request = async (input: object = {}) => {
    const { data } = await app.requestSms(NUMBER, { locale: 'en', ...input });
    const { id } = data.requestSmsCode;
    await app.delivered(id, 'SENT', 'DELIVERED');
    return id as string;
  };

  it('ends the SMS instead of the WebOTP line, also when the code is sent again', async () => {
    const id = await request({ appHash: HASH });
    await app.gql(RESEND, { id });
    await app.delivered(id);
    const text = `Your verification code is CODE.\n\n${HASH}`;
    expect(await texts(2)).toEqual([text, text]);
  });

  it('is not added to an SMS when the request names none', async () => {
    await request();
    expect(await texts(1)).toEqual(['Your verification code is CODE.\n\n@app.example.com #CODE']);
    await request({ appHash: null });
    expect((await texts(1))[0]).not.toContain(HASH);
  });

  it('ends the SMS of the next provider too', async () => {
    await app.restart({ ...sens.environment, SMS_PROVIDER: 'sens,inbox' });
    sens.answerNext({ status: 500, body: {} });
    const { data } = await app.requestSms(NUMBER, { locale: 'en', appHash: OTHER_HASH });
    await app.delivered(data.requestSmsCode.id);
    expect(await texts(1)).toEqual([`Your verification code is CODE.\n\n${OTHER_HASH}`]);
    await app.restart({ SMS_PROVIDER: 'inbox' });
  });

  it('is kept by a verification although the next start lists other hashes', async () => {
    const id = await request({ appHash: HASH });
    await app.restart({ SMS_APP_HASHES: OTHER_HASH });
    await app.gql(RESEND, { id });
    await app.delivered(id);
    expect((await texts(1))[0]).toContain(HASH);
    const { errors } = await app.requestSms(NUMBER, { appHash: HASH });
    expect(errors![0]!.extensions.fields[0]).toMatchObject({ path: 'input.appHash' });
    await app.restart({ SMS_APP_HASHES: `${HASH},${OTHER_HASH}` });
  });

  it('is refused unless it is one of the listed hashes', async () => {
    for (const appHash of ['', 'FA+9qCX9VSU', `${HASH} `, 'x'.repeat(200)]) {
      const { data, errors } = await app.requestSms(NUMBER, { appHash });
      expect(data).toBeNull();
      expect(errors![0]!.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'input.appHash', rule: 'UNKNOWN_VALUE' }],
      });
    }
    const byEmail = await app.requestEmail('user@example.com', { appHash: HASH });
    expect(byEmail.errors![0]!.extensions.fields[0].rule).toBe('UNKNOWN_FIELD');
  });

  it('is part of the input that is compared under an idempotency key', async () => {
    const key = (idempotencyKey: string, appHash: string | null) =>
      app.requestSms(NUMBER, { idempotencyKey, appHash });
    const first = await key('k1', HASH);
    expect((await key('k1', HASH)).data).toMatchObject({
      requestSmsCode: { id: first.data.requestSmsCode.id },
    });
    for (const other of [OTHER_HASH, null])
      expect((await key('k1', other)).errors![0]!.extensions.code).toBe('CONFLICT');
    await key('k2', null);
    expect((await key('k2', HASH)).errors![0]!.extensions.code).toBe('CONFLICT');
  });
});

describe.each(DIALECTS)('the migration that stores app hashes, on %s,', (dialect) => {
  it('lets nodes of the former version insert and read verifications', async () => {
    const app = await TestApp.start(dialect);
    const dataSource = await new DataSource(dataSourceOptions(app.database.url, SCHEMA)).initialize();
    const { id } = (await app.requestSms(NUMBER)).data.requestSmsCode;
    await app.delivered(id);
    // The statement of the former version names its own columns.
    const columns = `channel, purpose, locale, recipient_sealed, recipient_key, limit_key, status,
      attempts_remaining, created_at, expires_at, nonce, request_key, request_fingerprint`;
    await dataSource.query(
      `INSERT INTO verification (id, ${columns}) SELECT 'former', ${columns} FROM verification`,
    );
    const [row] = await dataSource.query(`SELECT app_hash FROM verification WHERE id = 'former'`);
    expect(row).toEqual({ app_hash: null });
    await dataSource.destroy();
    await app.close();
  });
});
