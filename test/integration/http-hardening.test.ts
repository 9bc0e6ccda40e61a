import { SqliteConnection } from '../../src/database/sqlite/sqlite-driver';
import { sendRaw } from '../support/send-raw';
import { TestApp } from '../support/test-app';

const PRODUCTION = {
  NODE_ENV: 'production',
  EMAIL_PROVIDER: 'smtp',
  SMTP_URL: 'smtp://127.0.0.1:9',
  EMAIL_FROM: 'verify@example.com',
  SMS_PROVIDER: 'none',
};
const REQUEST = 'requestEmailCode(input: { email: "user@example.com" })';
const JSON_TYPE = { 'content-type': 'application/json' };

const many = (count: number, one: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => one(n)).join(' ');

/** A document with this many levels of fields. The fields do not exist, which only GraphQL's own rules check. */
const deep = (levels: number) => `{ ${'a { '.repeat(levels - 1)} b ${'} '.repeat(levels - 1)} }`;

describe('a GraphQL document over HTTP', () => {
  let app: TestApp;
  beforeAll(async () => (app = await TestApp.start('sqlite')));
  afterAll(() => app.close());

  const post = (body: string, headers: Record<string, string> = JSON_TYPE) =>
    fetch(`${app.url}/graphql`, { method: 'POST', headers, body });
  const send = async (query: string) => {
    const response = await post(JSON.stringify({ query }));
    const { errors } = (await response.json()) as any;
    return { status: response.status, code: errors?.[0].extensions.code as string | undefined };
  };
  const verified = (fields: string) =>
    `mutation { verifyCode(input: { verificationId: "x", code: "000000" }) { ${fields} } }`;

  it.each([
    ['more than 10 levels', /depth/, deep(11)],
    ['more than 40 aliases', /alias/i, verified(many(41, (n) => `a${n}: verified`))],
    ['more than 20 directives', /directive/i, verified(`verified ${many(21, () => '@include(if: true)')}`)],
    [
      'more than 20 fields at the root',
      /at most 20 root fields/,
      `{ ${many(21, (n) => `a${n}: __typename`)} }`,
    ],
    [
      'a cost over 10,000',
      /cost/i,
      `{ ${many(20, (n) => `a${n}: verification(id: "x") { ...F }`)} } fragment F on Verification { ${many(300, () => 'delivery { status }')} }`,
    ],
  ])('is refused with %s before any part of it is executed', async (_rule, message, document) => {
    const response = await post(JSON.stringify({ query: document }));
    const { data, errors } = (await response.json()) as any;
    expect([response.status, data]).toEqual([400, undefined]);
    expect(errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(errors[0].message).toMatch(message);
  });

  it('is not parsed to its end when it has more than 2,000 tokens', async () => {
    expect(await send(`{ ${many(2_000, () => '__typename')} }`)).toEqual({
      status: 400,
      code: 'GRAPHQL_PARSE_FAILED',
    });
    expect(await send('{ __typename ')).toEqual({ status: 400, code: 'GRAPHQL_PARSE_FAILED' });
  });

  it('is answered within the limits of 10 levels, 20 fields, 40 aliases and 100 KiB', async () => {
    expect(await send(`{ ${many(20, (n) => `a${n}: __typename`)} }`)).toEqual({ status: 200 });
    expect(await send(verified(many(40, (n) => `a${n}: verified`)))).toEqual({ status: 200 });
    const tenLevels = (await (await post(JSON.stringify({ query: deep(10) }))).json()) as any;
    expect(tenLevels.errors.map(({ message }: any) => message)).toEqual([
      expect.stringContaining('field "a"'),
    ]);
    const padded = (bytes: number) => JSON.stringify({ query: '{ __typename }' }).padEnd(bytes, ' ');
    expect((await post(padded(100 * 1024))).status).toBe(200);
    expect((await post(padded(100 * 1024 + 1))).status).toBe(413);
  });

  it('is refused in a batch', async () => {
    const batch = JSON.stringify([{ query: '{ __typename }' }, { query: `mutation { ${REQUEST} { id } }` }]);
    expect((await post(batch)).status).toBe(400);
    expect(await app.inbox('user@example.com')).toEqual([]);
  });

  it('is refused from a page when the browser has not sent a preflight request', async () => {
    const document = JSON.stringify({ query: `mutation { ${REQUEST} { id } }` });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      expect((await post(document, { 'content-type': type })).status).toBeGreaterThanOrEqual(400);
    const query = encodeURIComponent(`mutation { ${REQUEST} { id } }`);
    expect((await fetch(`${app.url}/graphql?query=${query}`)).status).toBe(405);
    expect(await app.inbox('user@example.com')).toEqual([]);
  });
});

describe('an HTTP answer', () => {
  const start = (env: Record<string, string>) => TestApp.start('sqlite', env);

  it('to GraphQL is never cached, whatever it contains', async () => {
    const app = await start({});
    try {
      for (const query of [
        '{ __typename }',
        '{ noSuchField }',
        'no document',
        `mutation { ${REQUEST} { id } }`,
      ]) {
        const { headers } = await fetch(`${app.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
        });
        expect([query, headers.get('cache-control')]).toEqual([query, 'no-store']);
      }
    } finally {
      await app.close();
    }
  });

  it('to a route that failed contains only a request id, which the log explains', async () => {
    const app = await start({});
    try {
      const database = new SqliteConnection(new URL(app.database.url).pathname);
      database.exec('ALTER TABLE inbox_message RENAME TO gone');
      database.close();
      const answer = await fetch(`${app.url}/inbox/messages?to=user@example.com`);
      expect(answer.status).toBe(500);
      expect(await answer.json()).toEqual({ message: 'Internal Server Error' });
      const lines = app.log.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50);
      expect(lines).toContainEqual(
        expect.objectContaining({
          reqId: answer.headers.get('x-request-id'),
          route: '/inbox/messages',
          err: expect.objectContaining({ code: 'SQLITE_ERROR', stack: expect.any(String) }),
        }),
      );
      expect(JSON.stringify(lines)).not.toContain('user@example.com');
    } finally {
      await app.close();
    }
  });

  it('has the security headers and a request id on every route', async () => {
    const app = await start({});
    try {
      const paths = [
        '/healthz',
        '/readyz',
        '/metrics',
        '/.well-known/jwks.json',
        '/inbox',
        '/inbox/messages',
      ];
      for (const path of [...paths, '/graphql', '/no-such-page', '/%']) {
        const { headers } = await fetch(`${app.url}${path}`, { headers: { accept: 'text/html' } });
        expect([path, Object.fromEntries(headers)]).toEqual([
          path,
          expect.objectContaining({
            'x-content-type-options': 'nosniff',
            'x-frame-options': 'DENY',
            'referrer-policy': 'no-referrer',
            'cache-control': path === '/.well-known/jwks.json' ? 'public, max-age=300' : 'no-store',
            'content-security-policy': expect.stringContaining("default-src '"),
            'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
          }),
        ]);
      }
    } finally {
      await app.close();
    }
  });

  it('suggests no names and shows no schema in production, and does both outside production', async () => {
    for (const [env, helpful] of [
      [PRODUCTION, false],
      [{}, true],
    ] as const) {
      const app = await start(env);
      try {
        const typo = await app.gql('mutation { verifyCod(input: { verificationId: "x" }) { verified } }');
        expect(typo.errors!.some(({ message }) => message.includes('Did you mean'))).toBe(helpful);
        const field = await app.gql(`mutation { ${REQUEST} { idd } }`);
        expect(field.errors!.some(({ message }) => message.includes('Did you mean'))).toBe(helpful);
        const shown = await app.gql('{ __schema { types { name } } }');
        expect(shown.errors === undefined).toBe(helpful);
        const page = await fetch(`${app.url}/graphql`, { headers: { accept: 'text/html' } });
        expect((await page.text()).includes('Sandbox')).toBe(helpful);
      } finally {
        await app.close();
      }
    }
  });

  it('allows only pages of the listed origins', async () => {
    const app = await start({
      CORS_ORIGINS: 'https://app.example.com,https://*.example.org,capacitor://localhost',
    });
    try {
      const preflight = (origin: string) =>
        fetch(`${app.url}/graphql`, {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'POST' },
        });
      const allowed = async (origin: string) =>
        (await preflight(origin)).headers.get('access-control-allow-origin');
      for (const origin of [
        'https://app.example.com',
        'https://a.example.org',
        'https://a.b.example.org',
        'capacitor://localhost',
      ])
        expect(await allowed(origin)).toBe(origin);
      for (const origin of [
        'https://evil.example.com',
        'https://app.example.com.evil.net',
        'https://example.org',
        'https://evil-example.org',
        'https://*.example.org',
        'null',
      ])
        expect(await allowed(origin)).toBeNull();
    } finally {
      await app.close();
    }
  });
});

describe('an HTTP connection', () => {
  it('is closed when its headers or body arrive too slowly or not at all', async () => {
    const app = await TestApp.start('sqlite', { REQUEST_TIMEOUT_MS: '200' });
    try {
      const head = 'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
      expect(await sendRaw(app.url, head)).toMatch(/^HTTP\/1.1 408 /);
      expect(await sendRaw(app.url, `${head}content-length: 100\r\n\r\n{"query":`)).toMatch(
        /^HTTP\/1.1 408 /,
      );
      expect(await sendRaw(app.url)).toMatch(/^HTTP\/1.1 408 |^$/);
      expect((await app.gql('{ __typename }')).data).toEqual({ __typename: 'Query' });
    } finally {
      await app.close();
    }
  });
});
