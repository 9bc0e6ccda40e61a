import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DIALECTS } from '../support/databases';
import { TestApp } from '../support/test-app';

const PRODUCTION = {
  NODE_ENV: 'production',
  EMAIL_PROVIDER: 'smtp',
  SMTP_URL: 'smtp://127.0.0.1:9',
  EMAIL_FROM: 'verify@example.com',
  SMS_PROVIDER: 'sens',
  SENS_SERVICE_ID: 'ncp:sms:kr:1:x',
  SENS_ACCESS_KEY: 'access',
  SENS_SECRET_KEY: 'secret',
  SENS_FROM: '0212345678',
  SENS_ENDPOINT: 'http://127.0.0.1:9',
  SMS_PREFIX_HOURLY_LIMIT: '0',
};
const JSON_TYPE = { 'content-type': 'application/json' };
/** Part of everything that the hostile client chooses. */
const MARK = 'zzhostile';

/** The name and labels of every series of /metrics. */
async function seriesOf(app: TestApp): Promise<Set<string>> {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  return new Set(text.match(/^injeung_\w+(\{[^}]*\})?/gm));
}

/** Makes a request of each kind; `n` makes every value new. */
async function attack(app: TestApp, n: number): Promise<void> {
  const mark = `${MARK}${n}`;
  const post = (body: object, headers: Record<string, string> = {}) =>
    fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headers },
      body: JSON.stringify(body),
    });
  const query = (document: string, rest: object = {}) => post({ query: document, ...rest });
  const mobile = `+8210${String(10_000_000 + n * 10_007)}`;
  const answers = await Promise.all([
    query(`{ ...${mark} } fragment ${mark} on Query { __typename }`),
    query(`{ ... on Query { ${mark}: __typename } }`),
    query(`query ${mark} { ${mark}: __typename }`, { operationName: mark }),
    query('{ __typename }', { operationName: mark }),
    query(`{ ${mark} }`),
    query(`{ ${mark} `),
    query(`{ __typename @${mark} }`),
    query(`query ($${mark}: ${mark}) { __typename }`),
    query(`{ verification(id: "${mark}") { id } }`),
    query(
      `mutation { ...${mark} } fragment ${mark} on Mutation { ${mark}: cancelVerification(verificationId: "${mark}") { id } }`,
    ),
    query(`mutation ($input: RequestEmailCodeInput!) { requestEmailCode(input: $input) { id } }`, {
      variables: { input: { email: `${mark}@${mark}.example`, purpose: mark, locale: mark, [mark]: mark } },
    }),
    query(`mutation ($input: RequestEmailCodeInput!) { requestEmailCode(input: $input) { id } }`, {
      variables: { input: { email: `${mark}@example.com`, purpose: mark, locale: 'xx', humanToken: mark } },
    }),
    query(`mutation { requestSmsCode(input: { phoneNumber: "${mobile}" }) { id } }`),
    query(`mutation { requestSmsCode(input: { phoneNumber: "+1${mark}" }) { id } }`),
    query(`mutation { verifyCode(input: { verificationId: "${mark}", code: "000000" }) { reason } }`),
    query(`mutation { consumeProof(token: "${mark}") { accepted } }`),
    query(`{ emailIdentity(name: "${mark}") { name } }`),
    query('{ __typename }', { extensions: { persistedQuery: { version: 1, sha256Hash: mark } } }),
    post(
      { query: '{ __typename }' },
      { authorization: `Bearer ${mark}`, 'user-agent': mark, origin: `https://${mark}.example` },
    ),
    post(
      { query: '{ __typename }' },
      { 'apollographql-client-name': mark, 'x-forwarded-for': `192.0.2.${n % 250}` },
    ),
    post([mark]),
    fetch(`${app.url}/${mark}`),
    fetch(`${app.url}/graphql?${mark}=1`),
    fetch(`${app.url}/graphql/${mark}`, { method: 'DELETE' }),
    fetch(`${app.url}/webhooks/ses`, {
      method: 'POST',
      body: JSON.stringify({ Type: mark, TopicArn: mark, Message: JSON.stringify({ eventType: mark }) }),
    }),
  ]);
  for (const answer of answers) await answer.arrayBuffer();
}

describe.each(DIALECTS)('an HTTP request with hostile content, on %s', (dialect) => {
  it('creates no label of a metric, and the number of series does not grow with the number of such requests', async () => {
    const app = await TestApp.start(dialect, PRODUCTION);
    try {
      const grown: number[] = [];
      for (let round = 0; round < 3; round++) {
        for (let n = 0; n < 6; n++) await attack(app, round * 6 + n);
        grown.push((await seriesOf(app)).size);
      }
      const series = await seriesOf(app);
      expect([...series].filter((one) => one.includes(MARK))).toEqual([]);
      expect([...series].filter((one) => one.includes('fragment'))).toEqual([]);
      // The hostile requests were counted under the fields of the schema.
      for (const field of ['verification', 'cancelVerification', 'requestEmailCode', 'verifyCode'])
        expect([...series].some((one) => one.includes(`field="${field}"`))).toBe(true);
      expect(grown[2]).toBe(grown[1]);
    } finally {
      await app.close();
    }
  });
});

describe('the memory of a server', () => {
  it('does not grow with the documents that callers send', async () => {
    const app = await TestApp.start('sqlite', { ...PRODUCTION, LOG_LEVEL: 'silent' }, { logger: undefined });
    try {
      // A comment makes a valid document new each time, and as long as a request can be.
      const send = async (n: number) => {
        const filler = 'x'.repeat(90_000);
        const body = JSON.stringify({ query: `{ __typename } # ${n} ${filler}` });
        const answer = await fetch(`${app.url}/graphql`, { method: 'POST', headers: JSON_TYPE, body });
        expect(((await answer.json()) as any).data).toEqual({ __typename: 'Query' });
      };
      for (let n = 0; n < 20; n++) await send(n);
      const before = heapMegabytes();
      for (let n = 20; n < 720; n++) await send(n);
      // All texts together have more than 60 MB.
      expect(heapMegabytes() - before).toBeLessThan(30);
    } finally {
      await app.close();
    }
  });
});

describe('GraphQL variables', () => {
  let app: TestApp;
  beforeAll(async () => (app = await TestApp.start('sqlite')));
  afterAll(() => app.close());

  const MUTATION = 'mutation ($input: RequestEmailCodeInput!) { requestEmailCode(input: $input) { id } }';
  const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });
  const entries = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n]));
  const email = 'user@example.com';

  it.each([
    ['are nested deeply', 'input.a.a.a.a.a.a.a.a.a.a', { input: nested(2_000) }],
    ['hold too many values', 'input.k497', { input: { email, ...entries(5_000) } }],
    ['hold too many lists', 'list.496', { input: { email }, list: Array.from({ length: 9_000 }, () => []) }],
    ['have a long name', 'input', { input: { email, ['x'.repeat(90_000)]: 1 } }],
  ])(
    'that %s are refused with their path, which contains no value of the client',
    async (_how, path, variables) => {
      const { errors, data } = await app.gql(MUTATION, variables);
      expect(data).toBeUndefined();
      expect(errors).toEqual([
        {
          message: expect.stringContaining(`${path}: `),
          extensions: { code: 'BAD_USER_INPUT', fields: [expect.objectContaining({ path })] },
        },
      ]);
      expect(JSON.stringify(errors).length).toBeLessThan(1_000);
      expect(await app.inbox(email)).toEqual([]);
    },
  );

  it('are refused by the rule of their field when they contain a long string, which is not repeated', async () => {
    const { errors } = await app.gql(MUTATION, { input: { email, purpose: 'x'.repeat(90_000) } });
    expect(errors![0]!.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.purpose' }],
    });
    expect(JSON.stringify(errors).length).toBeLessThan(1_000);
    expect(await app.inbox(email)).toEqual([]);
  });

  it('with many unknown fields are refused with a short answer', async () => {
    const { errors } = await app.gql(MUTATION, { input: { email, ...entries(400) } });
    expect(errors!.map(({ extensions }) => extensions.code)).toEqual(
      Array(errors!.length).fill('BAD_USER_INPUT'),
    );
    expect(JSON.stringify(errors).length).toBeLessThan(10_000);
  });
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapMegabytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
