import { createHash } from 'node:crypto';
import { DIALECTS } from '../support/databases';
import { ADMIN_KEY, type GraphQLAnswer, TestApp } from '../support/test-app';

const OLD_KEY = 'old-application-key-of-the-suite';
const NEW_KEY = 'new-application-key-of-the-suite';
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const fingerprint = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 12);
const codeOf = ({ errors }: GraphQLAnswer) => errors?.[0]?.extensions.code ?? 'OK';

describe.each(DIALECTS)('an application key, on %s', (dialect) => {
  let app: TestApp;
  afterEach(() => app.close());

  it('is accepted while it is in the list, also together with its replacement', async () => {
    app = await TestApp.start(dialect, { APP_API_KEYS: `${OLD_KEY},${NEW_KEY}` });
    const ask = (name: string, headers = {}) => app.requestEmail(`${name}@example.com`, {}, headers);
    expect(codeOf(await ask('old', bearer(OLD_KEY)))).toBe('OK');
    expect(codeOf(await ask('new', bearer(NEW_KEY)))).toBe('OK');
    for (const headers of [{}, bearer(`${OLD_KEY}x`), bearer(ADMIN_KEY), { authorization: OLD_KEY }])
      expect(codeOf(await ask('nobody', headers))).toBe('UNAUTHENTICATED');
    await app.restart({ APP_API_KEYS: NEW_KEY });
    expect(codeOf(await ask('late', bearer(OLD_KEY)))).toBe('UNAUTHENTICATED');
    expect(codeOf(await ask('next', bearer(NEW_KEY)))).toBe('OK');
  });

  it('is required for requests, resends, checks and cancellations', async () => {
    app = await TestApp.start(dialect, { APP_API_KEYS: NEW_KEY });
    const { id } = (await app.requestEmail('user@example.com', {}, bearer(NEW_KEY))).data.requestEmailCode;
    const code = await app.codeFor('user@example.com');
    const withoutKey = [
      app.requestEmail('user@example.com'),
      app.requestSms('010-1234-5678'),
      app.verify(id, code),
      app.gql('mutation ($id: ID!) { resendCode(verificationId: $id) { id } }', { id }),
      app.gql('mutation ($id: ID!) { cancelVerification(verificationId: $id) { id } }', { id }),
    ];
    for (const answer of await Promise.all(withoutKey)) {
      expect(codeOf(answer)).toBe('UNAUTHENTICATED');
      expect(answer.data).toBeNull();
    }
    expect((await app.verify(id, code, {}, bearer(NEW_KEY))).data.verifyCode.verified).toBe(true);
  });

  it('is identified by its fingerprint in the log and the metrics, and an unknown key is not identified', async () => {
    app = await TestApp.start(dialect, { APP_API_KEYS: `${OLD_KEY},${NEW_KEY}` });
    const ping = (headers = {}) => app.gql('{ __typename }', {}, headers);
    await ping(bearer(NEW_KEY));
    await ping(bearer(NEW_KEY));
    await ping(bearer(ADMIN_KEY));
    for (let attempt = 0; attempt < 5; attempt++) await ping(bearer(`guess-${attempt}`));
    await ping();
    const keys = app.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
    expect(keys.map(({ key }) => key)).toEqual([
      `app:${fingerprint(NEW_KEY)}`,
      `app:${fingerprint(NEW_KEY)}`,
      `admin:${fingerprint(ADMIN_KEY)}`,
      ...Array<string>(5).fill('unknown'),
      'none',
    ]);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    const counted = metrics.split('\n').filter((line) => line.startsWith('injeung_graphql_requests_total{'));
    expect(counted.sort()).toEqual([
      `injeung_graphql_requests_total{kind="admin",key="${fingerprint(ADMIN_KEY)}"} 1`,
      `injeung_graphql_requests_total{kind="app",key="${fingerprint(NEW_KEY)}"} 2`,
      'injeung_graphql_requests_total{kind="none",key=""} 1',
      'injeung_graphql_requests_total{kind="unknown",key=""} 5',
    ]);
    for (const secret of [NEW_KEY, ADMIN_KEY, 'guess-3']) {
      expect(app.log.join('')).not.toContain(secret);
      expect(metrics).not.toContain(secret);
    }
  });
});
