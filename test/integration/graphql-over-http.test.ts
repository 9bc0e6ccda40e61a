import { sendRaw } from '../support/send-raw';
import { ADMIN_KEY, TestApp } from '../support/test-app';

const PRODUCTION = {
  NODE_ENV: 'production',
  EMAIL_PROVIDER: 'smtp',
  SMTP_URL: 'smtp://127.0.0.1:9',
  EMAIL_FROM: 'verify@example.com',
  SMS_PROVIDER: 'none',
};
const REQUEST = 'mutation { requestEmailCode(input: { email: "user@example.com" }) { id } }';
const JSON_TYPE = { 'content-type': 'application/json' };

/** Sends a request byte by byte as it is written, and returns the status and the body of the answer. */
async function exchange(url: string, bytes: string): Promise<{ status: number; body: string }> {
  const answer = await sendRaw(url, bytes);
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]),
    body: answer.slice(answer.indexOf('\r\n\r\n') + 4),
  };
}

/** The status of the answer and the code of its only error. Throws for an answer without GraphQL's shape. */
async function refusal(answer: Response): Promise<[status: number, code: string]> {
  const { errors } = (await answer.json()) as any;
  expect(errors).toEqual([{ message: expect.any(String), extensions: { code: expect.any(String) } }]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  return [answer.status, errors[0].extensions.code];
}

describe('GraphQL over HTTP', () => {
  let app: TestApp;
  beforeAll(async () => (app = await TestApp.start('sqlite')));
  afterAll(() => app.close());

  const call = (init: RequestInit, path = '/graphql') => fetch(`${app.url}${path}`, init);
  const errorLines = () => app.log.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50);

  describe('the Host header', () => {
    const body = JSON.stringify({ query: '{ __typename }' });
    const request = (version: string, headers: string) =>
      exchange(
        app.url,
        `POST /graphql HTTP/${version}\r\n${headers}content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );

    it.each([
      ['missing', ''],
      ['empty', 'host: \r\n'],
      ['malformed (blanks)', 'host: a b\r\n'],
      ['malformed (open bracket)', 'host: [::1\r\n'],
      ['malformed (port)', 'host: localhost:99999\r\n'],
      ['malformed (slashes)', 'host: http://localhost/\r\n'],
      ['malformed (user)', 'host: user@localhost\r\n'],
      ['malformed (not ASCII)', 'host: \xe9\r\n'],
    ])(
      'is refused with 400 in the shape of GraphQL when it is %s, and is not logged as an error',
      async (_how, header) => {
        const answer = await request('1.1', header);
        expect([answer.status, JSON.parse(answer.body)]).toEqual([
          400,
          { errors: [{ message: expect.stringContaining('Host'), extensions: { code: 'BAD_REQUEST' } }] },
        ]);
        expect(errorLines()).toEqual([]);
      },
    );

    it('is optional in HTTP/1.0, and can have any valid value', async () => {
      for (const [version, header] of [
        ['1.0', ''],
        ['1.0', 'host: localhost\r\n'],
        ['1.1', 'host: injeung_api:4000\r\n'],
        ['1.1', 'host: [2001:db8::1]:8443\r\n'],
        ['1.1', 'host: verify.example.com\r\n'],
      ] as const) {
        const { status, body } = await request(version, header);
        expect([header, status, JSON.parse(body)]).toEqual([header, 200, { data: { __typename: 'Query' } }]);
      }
    });

    it('is not replaced by a malformed X-Forwarded-Host of a trusted proxy', async () => {
      const behind = await TestApp.start('sqlite', { TRUST_PROXY: 'on' });
      try {
        const headers = { ...JSON_TYPE, 'x-forwarded-host': '[', 'x-forwarded-for': '192.0.2.1' };
        const answer = await fetch(`${behind.url}/graphql`, { method: 'POST', headers, body });
        expect([answer.status, await answer.json()]).toEqual([200, { data: { __typename: 'Query' } }]);
      } finally {
        await behind.close();
      }
    });
  });

  describe('a request that HTTP refuses', () => {
    const post = (body: string | Uint8Array, headers: Record<string, string> = JSON_TYPE) =>
      call({ method: 'POST', headers, body });

    it('is answered in the shape of GraphQL', async () => {
      const body = JSON.stringify({ query: '{ __typename }' });
      expect(await refusal(await post(body.padEnd(100 * 1024 + 1)))).toEqual([413, 'BAD_REQUEST']);
      for (const malformed of [
        '{',
        '{"query":',
        'query { a }',
        '',
        'null',
        '[]',
        '42',
        '{}',
        '{"__proto__":{}}',
      ])
        expect([malformed, ...(await refusal(await post(malformed)))]).toEqual([
          malformed,
          400,
          'BAD_REQUEST',
        ]);
      for (const type of [
        ...[
          'text/plain',
          'application/graphql',
          'application/x-www-form-urlencoded',
          'nonsense',
          'application/jsonp',
        ],
        ...[
          'multipart/form-data; boundary=x',
          'application/json; charset=utf-16',
          'application/json;charset="euc-kr"',
        ],
      ])
        expect([type, ...(await refusal(await post(body, { 'content-type': type })))]).toEqual([
          type,
          415,
          'BAD_REQUEST',
        ]);
      const bytes = new TextEncoder().encode(body);
      expect(await refusal(await post(bytes, {}))).toEqual([415, 'BAD_REQUEST']);
      expect(await refusal(await post(body, { ...JSON_TYPE, 'content-encoding': 'gzip' }))).toEqual([
        415,
        'BAD_REQUEST',
      ]);
      for (const accepted of ['application/json; charset=UTF-8', 'Application/JSON;charset="utf-8"'])
        expect((await post(body, { 'content-type': accepted })).status).toBe(200);
      expect(errorLines()).toEqual([]);
    });

    it('is answered with the allowed methods when its method is wrong', async () => {
      for (const method of ['PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
        for (const type of ['application/json', 'text/plain']) {
          const headers = { 'content-type': type };
          const answer = await call({ method, headers });
          expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, OPTIONS']);
          expect(await refusal(answer)).toEqual([405, 'BAD_REQUEST']);
        }
      }
      expect((await call({ method: 'HEAD' })).status).toBe(405);
      const options = await call({ method: 'OPTIONS' });
      expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, POST, OPTIONS']);
      const elsewhere = await call({ method: 'PUT' }, '/nowhere');
      expect([elsewhere.status, await elsewhere.json()]).toEqual([404, { message: 'Not Found' }]);
    });
  });

  describe('by GET', () => {
    const get = (query: object, headers: Record<string, string> = {}) => {
      const parameters = new URLSearchParams();
      for (const [name, value] of Object.entries(query))
        parameters.set(name, typeof value === 'string' ? value : JSON.stringify(value));
      return call({ headers }, `/graphql?${parameters.toString()}`);
    };
    // The request of @urql/core 6 by GET: without content-type and without a header that requires a preflight request.
    const URQL: Record<string, string> = {
      accept:
        'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    };
    const PREFLIGHTED: Record<string, string> = { 'apollo-require-preflight': 'true' };
    const QUERY = 'query Verification($id: ID!) { verification(id: $id) { id status } }';

    it('queries of front ends are answered', async () => {
      const { id } = (await app.requestEmail('reader@example.com')).data.requestEmailCode;
      const data = { verification: { id, status: 'PENDING' } };
      for (const headers of [URQL, {}, { accept: '*/*' }, PREFLIGHTED]) {
        const answer = await get({ query: QUERY, operationName: 'Verification', variables: { id } }, headers);
        expect([answer.status, await answer.json()]).toEqual([200, { data }]);
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
    });

    it('mutations are refused, whatever else the document contains, and nothing is sent', async () => {
      const both = `query A { __typename } mutation B { requestEmailCode(input: { email: "user@example.com" }) { id } }`;
      for (const headers of [URQL, PREFLIGHTED]) {
        for (const query of [{ query: REQUEST }, { query: both, operationName: 'B' }]) {
          const answer = await get(query, headers);
          expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
        }
      }
      expect(await app.inbox('user@example.com')).toEqual([]);
    });

    it('operations of operators are refused, with and without a key', async () => {
      const query = '{ auditLog { edges { cursor } } }';
      const anonymous = (await (await get({ query }, URQL)).json()) as any;
      expect(anonymous.errors[0].extensions.code).toBe('UNAUTHENTICATED');
      const answer = await get({ query }, { ...URQL, authorization: `Bearer ${ADMIN_KEY}` });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
      expect(((await answer.json()) as any).errors[0].extensions.code).toBe('BAD_REQUEST');
      expect((await app.admin(query)).errors).toBeUndefined();
    });
  });

  it('asks clients of persisted queries to send the document, by POST and by GET', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } };
    const expected = {
      errors: [
        { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
      ],
    };
    for (const body of [{ extensions }, { extensions, query: '{ __typename }' }]) {
      const posted = await call({ method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
      expect(await posted.json()).toEqual(expected);
    }
    const parameters = new URLSearchParams({ extensions: JSON.stringify(extensions) });
    expect(await (await call({}, `/graphql?${parameters.toString()}`)).json()).toEqual(expected);
  });
});

describe('a page in a browser', () => {
  const HEADERS = [
    ...['content-type', 'authorization', 'apollo-require-preflight', 'x-apollo-operation-name'],
    ...['apollographql-client-name', 'apollographql-client-version', 'graphql-require-preflight'],
    ...[
      'x-requested-with',
      'traceparent',
      'tracestate',
      'baggage',
      'sentry-trace',
      'x-datadog-trace-id',
      'b3',
    ],
  ];
  const preflight = (app: TestApp, origin: string, headers = HEADERS) =>
    fetch(`${app.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': headers.join(','),
      },
    });
  const readable = async (app: TestApp, origin: string) => {
    const answer = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...JSON_TYPE, origin },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
    return answer.headers.get('access-control-allow-origin') === origin;
  };
  const LOOPBACK = [
    'http://localhost:5173',
    'http://127.0.0.1:3000',
    'http://[::1]:8080',
    'https://localhost',
  ];
  const FOREIGN = [
    ...[
      'https://evil.example.com',
      'null',
      'http://localhost.evil.example.com',
      'http://127.0.0.1.evil.example.com',
    ],
    ...[
      'http://localhost:3000.evil.example.com',
      'http://user@localhost:3000',
      'file://',
      'http://10.0.0.1:3000',
    ],
  ];

  it('can call from a listed origin, including the custom scheme of an app', async () => {
    const origins = [
      ...['https://app.example.com', 'capacitor://localhost', 'ionic://localhost', 'app://injeung.example'],
      ...['tauri://localhost', 'chrome-extension://abcdefghijklmnopabcdefghijklmnop'],
    ];
    const app = await TestApp.start('sqlite', { ...PRODUCTION, CORS_ORIGINS: origins.join(',') });
    try {
      for (const origin of origins) {
        const { status, headers } = await preflight(app, origin);
        expect([status, headers.get('access-control-allow-origin')]).toEqual([204, origin]);
        const allowed = headers.get('access-control-allow-headers')!.toLowerCase().split(/, */);
        expect(allowed).toEqual(expect.arrayContaining(HEADERS));
        expect(headers.get('vary')).toContain('Origin');
        expect(await readable(app, origin)).toBe(true);
      }
      for (const origin of [...FOREIGN, ...LOOPBACK, 'capacitor://evil', 'app://']) {
        const { headers } = await preflight(app, origin);
        expect([origin, headers.get('access-control-allow-origin')]).toEqual([origin, null]);
        expect(headers.get('access-control-allow-headers')).toBeNull();
        expect(await readable(app, origin)).toBe(false);
      }
    } finally {
      await app.close();
    }
  });

  it('can call from this machine without CORS_ORIGINS outside production, but not in production', async () => {
    for (const [env, allowed] of [
      [{}, true],
      [{ CORS_ORIGINS: 'https://app.example.com' }, true],
      [PRODUCTION, false],
    ] as const) {
      const app = await TestApp.start('sqlite', env);
      try {
        for (const origin of LOOPBACK) {
          const { headers } = await preflight(app, origin);
          expect(headers.get('access-control-allow-origin')).toBe(allowed ? origin : null);
          expect([origin, await readable(app, origin)]).toEqual([origin, allowed]);
        }
        for (const origin of FOREIGN) expect([origin, await readable(app, origin)]).toEqual([origin, false]);
      } finally {
        await app.close();
      }
    }
  });
});
