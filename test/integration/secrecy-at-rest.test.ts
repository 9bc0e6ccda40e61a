import { Client } from 'pg';
import { contents } from '../support/contents';
import { DIALECTS } from '../support/databases';
import { type Call } from '../support/http-provider';
import { KoreanProviders } from '../support/korean-providers';
import { SqliteConnection as Database } from '../../src/database/sqlite/sqlite-driver';
import { TestApp } from '../support/test-app';

async function tamper(url: string, sql: string): Promise<void> {
  if (url.startsWith('sqlite:')) {
    const database = new Database(url.slice('sqlite:'.length));
    database.exec(sql);
    database.close();
    return;
  }
  const schema = new URL(url).searchParams.get('schema')!;
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`SET search_path TO ${schema}`);
  await client.query(sql);
  await client.end();
}

describe.each(DIALECTS)('secrecy, on %s', (dialect) => {
  it('neither the database nor the log contains a code or a recipient', async () => {
    const app = await TestApp.start(dialect, { EMAIL_CODE_LENGTH: '10', SMS_CODE_LENGTH: '10' });
    const secrets: string[] = ['hidden.person', '1098765432', '10-9876-5432'];
    for (const verification of [
      (await app.requestEmail('hidden.person@example.com')).data.requestEmailCode,
      (await app.requestSms('010-9876-5432')).data.requestSmsCode,
    ]) {
      const to = verification.channel === 'EMAIL' ? 'hidden.person@example.com' : '01098765432';
      const code = await app.codeFor(to);
      secrets.push(code);
      await app.verify(verification.id, TestApp.wrong(code), { idempotencyKey: 'key-of-a-guess' });
      await app.verify(verification.id, 'not a code');
      await app.verify(verification.id, code);
    }
    await app.gql('mutation ($input: VerifyCodeInput!) { verifyCode(input: $input) { verified } }', {
      input: { verificationId: 'x', code: Number(secrets.at(-1)) },
    });
    const kept = (await contents(app.database.url)) + app.log.join('');
    expect(kept.length).toBeGreaterThan(5_000);
    for (const secret of secrets) expect(kept).not.toContain(secret);
    await app.close();
  });

  it('a number and a code that providers quote in their refusals are neither stored nor logged nor answered', async () => {
    const to = await KoreanProviders.start();
    to.begin();
    await to.serve(dialect, { SMS_PROVIDER: 'sens-alimtalk,sens,solapi,http' });
    const quoted: string[] = [];
    const quote = ({ body }: Call) => {
      quoted.push(body);
      const fields = ['message', 'errorMessage', 'errors', 'details', 'errorCode', 'statusCode', 'id'];
      return Object.fromEntries(fields.map((field) => [field, body]));
    };
    for (const provider of [to.sens, to.solapi, to.gateway])
      provider.answerAlways((call) => ({ status: 400, body: { ...quote(call), error: quote(call) } }));
    await to.follow(await to.request(), 'FAILED');
    expect(await to.way()).toHaveLength(4);
    await to.app.admin('{ deliveries { edges { node { lastError sends { detail providerMessageId } } } } }');
    const code = /인증번호는 \[?(\d{10})/.exec(quoted[0]!)![1]!;
    for (const body of quoted) expect(body).toContain(code);
    const kept = [await contents(to.app.database.url), ...to.app.log, ...to.app.answers].join('');
    for (const secret of [code, to.number.slice(1)]) expect(kept).not.toContain(secret);
    await to.close();
  });

  it('an internal error is masked, and the answer has the request id with which the log explains it', async () => {
    const app = await TestApp.start(dialect);
    const { id } = (await app.requestEmail('broken@example.com')).data.requestEmailCode;
    await tamper(app.database.url, `UPDATE verification SET recipient_sealed = '1.AAAA'`);
    const { data, errors, headers } = await app.gql('query ($id: ID!) { verification(id: $id) { id } }', {
      id,
    });
    expect(data.verification).toBeNull();
    const { message, extensions } = errors![0]!;
    expect(message).toBe('internal error: give the `requestId` of this error to the operator of the service');
    expect(extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', requestId: headers.get('x-request-id') });
    expect(
      app.log.some((line) => line.includes('unexpected error') && line.includes(extensions.requestId)),
    ).toBe(true);
    await app.close();
  });

  it('a start with another secret is refused, and the right secret still works afterwards', async () => {
    const right = 'the right secret that is long enough for it';
    const app = await TestApp.start(dialect, { INJEUNG_SECRET: right });
    const { id } = (await app.requestEmail('kept@example.com')).data.requestEmailCode;
    const wrong = 'another secret that is long enough for it';
    await expect(app.restart({ INJEUNG_SECRET: wrong })).rejects.toThrow(
      'INJEUNG_SECRET: none of the secrets decrypts the keyring',
    );
    await app.restart({ INJEUNG_SECRET: right });
    expect((await app.verification(id)).status).toBe('PENDING');
    await app.close();
  });

  it('codes stay valid while the secret is rotated', async () => {
    const [old, next] = [
      'the old secret that is long enough for it',
      'the next secret that is long enough for it',
    ];
    const app = await TestApp.start(dialect, { INJEUNG_SECRET: old });
    const { id } = (await app.requestEmail('rotates@example.com')).data.requestEmailCode;
    const code = await app.codeFor('rotates@example.com');
    await app.restart({ INJEUNG_SECRET: `${next},${old}` });
    await app.restart({ INJEUNG_SECRET: next });
    expect((await app.verify(id, code)).data.verifyCode.verified).toBe(true);
    await expect(app.restart({ INJEUNG_SECRET: old })).rejects.toThrow('INJEUNG_SECRET');
    await app.close();
  });
});

it('a backup of SQLite can be made while the server runs', async () => {
  const app = await TestApp.start('sqlite');
  await app.requestEmail('backup@example.com');
  const reader = new Database(app.database.url.slice('sqlite:'.length), { readonly: true });
  expect(reader.prepare('SELECT count(*) AS n FROM verification').get()).toEqual({ n: 1 });
  reader.close();
  await app.close();
});
