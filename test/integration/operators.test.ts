import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { DIALECTS } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { ADMIN_KEY, TestApp } from '../support/test-app';

const NAMED_KEY = 'key-with-a-name:and-colons-0123456789';

const FRONT_END = [
  'verification',
  'requestEmailCode',
  'requestSmsCode',
  'resendCode',
  'verifyCode',
  'cancelVerification',
];
const schema = buildSchema(readFileSync(join(__dirname, '../../schema.graphql'), 'utf8'));
const operators = [schema.getQueryType()!, schema.getMutationType()!].flatMap((type) =>
  Object.values(type.getFields())
    .filter(({ name }) => !FRONT_END.includes(name))
    .map((field) => ({ root: type.name.toLowerCase(), name: field.name, field })),
);

/** A call of the field without its arguments. A caller without a key must not learn which arguments are missing. */
function bareCall({ root, name, field }: (typeof operators)[number]): string {
  const leaf = /^(Boolean|String|Int)!?$/.test(String(field.type)) ? '' : '{ __typename }';
  return `${root} ($x: ID!) { ${name}${argumentsOf(field)} ${leaf} }`;
}

function argumentsOf(field: (typeof operators)[number]['field']): string {
  const required = field.args.filter((argument) => String(argument.type).endsWith('!'));
  const values = required.map(
    ({ name, type }) =>
      `${name}: ${/Boolean/.test(String(type)) ? 'true' : /Input/.test(String(type)) ? '$x' : '"x"'}`,
  );
  return values.length > 0 ? `(${values.join(', ')})` : '';
}

describe.each(DIALECTS)('operations of operators, on %s', (dialect) => {
  let app: TestApp;
  let clock: ManualClock;

  beforeAll(async () => {
    clock = new ManualClock();
    app = await TestApp.start(
      dialect,
      { ADMIN_API_KEYS: `${ADMIN_KEY},deploy-bot:${NAMED_KEY}` },
      { clock, dispatcherPollMs: 20, firstReceiptMs: 50 },
    );
  });
  afterAll(() => app.close());

  it.each(operators.map((operator) => [operator.name, operator] as const))(
    'require a key for %s, and without it reveal nothing else',
    async (_name, operator) => {
      const input = operator.field.args.find(({ type }) => /Input!?$/.test(String(type)));
      const variableType = input ? String(input.type) : 'ID';
      const document = bareCall(operator).replace('$x: ID!', `$x: ${variableType}`).replace('($x: ID)', '');
      const unknown: Record<string, string>[] = [
        {},
        { authorization: 'Bearer wrong' },
        { authorization: `Basic ${ADMIN_KEY}` },
        { authorization: `Bearer ${ADMIN_KEY}x` },
      ];
      for (const headers of unknown) {
        const { data, errors } = await app.gql(document, { x: { nonsense: true } }, headers);
        expect(data ?? null).toBeNull();
        expect(errors).toHaveLength(1);
        expect(errors![0]!.extensions).toEqual({ code: 'UNAUTHENTICATED' });
        expect(errors![0]!.message).toBe(
          'this operation requires a valid key: send `Authorization: Bearer <key>`',
        );
      }
    },
  );

  it('require the key also behind fragments and aliases', async () => {
    const { errors } = await app.gql(
      `query { ...hidden } fragment hidden on Query { a: verification(id: "x") { id } b: dkimKeys { id } }`,
    );
    expect(errors).toEqual([expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED' } })]);
  });

  it('are not revealed by validation errors', async () => {
    for (const document of [
      'mutation { createDkimKey(input: {}) { id } }',
      'mutation { createDkimKey(input: { domain: 7 }) { nonsense } }',
      '{ dkimKeys { nonsense } }',
      '{ emailIdentity { name } }',
    ]) {
      const { errors } = await app.gql(document);
      expect(errors).toEqual([
        {
          message: 'this operation requires a valid key: send `Authorization: Bearer <key>`',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ]);
      expect((await app.admin(document)).errors![0]!.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    }
  });

  it('are in the audit log, also when they are refused', async () => {
    await app.admin(
      `mutation { createDkimKey(input: { domain: "audited.example", selector: "a1" }) { id } }`,
    );
    await app.admin(
      `mutation { createDkimKey(input: { domain: "audited.example", selector: "a1" }) { id } }`,
    );
    await app.admin(`mutation { createDkimKey(input: { domain: "audited.example", bits: 512 }) { id } }`);
    const { data } = await app.admin(
      `{ auditLog(first: 2) { edges { cursor node { actor action target outcome } } pageInfo { hasNextPage endCursor } } }`,
    );
    expect(data.auditLog.pageInfo.hasNextPage).toBe(true);
    const rest = await app.admin(
      `query ($after: String) { auditLog(after: $after) { edges { node { actor action target outcome } } pageInfo { hasNextPage } } }`,
      { after: data.auditLog.pageInfo.endCursor },
    );
    const outcomes = [...data.auditLog.edges, ...rest.data.auditLog.edges].map(({ node }: any) => node);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['BAD_USER_INPUT', 'CONFLICT', 'OK']);
    for (const { actor, action, target } of outcomes) {
      expect({ actor, action, target }).toEqual({
        actor: expect.stringMatching(/^[0-9a-f]{12}$/),
        action: 'createDkimKey',
        target: 'audited.example',
      });
    }
  });

  it('are recorded under the name of their key in the audit log and the request log', async () => {
    const create = (key: string) =>
      app.gql(
        `mutation { createDkimKey(input: { domain: "named.example", selector: "n1" }) { id } }`,
        {},
        { authorization: `Bearer ${key}` },
      );
    for (const key of [`deploy-bot:${NAMED_KEY}`, 'deploy-bot', ''])
      expect((await create(key)).errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
    expect((await create(NAMED_KEY)).errors).toBeUndefined();
    const { data } = await app.admin(`{ auditLog { edges { node { actor action target outcome } } } }`);
    expect(data.auditLog.edges.map(({ node }: any) => node)).toContainEqual({
      actor: 'deploy-bot',
      action: 'createDkimKey',
      target: 'named.example',
      outcome: 'OK',
    });
    expect(app.log.join('')).toContain('"key":"admin:deploy-bot"');
    expect(app.log.join('')).not.toContain(NAMED_KEY);
  });

  it('derive SMTP credentials, which are not stored anywhere', async () => {
    const derive = (input: object) =>
      app.admin(
        `mutation ($input: DeriveSmtpCredentialsInput!) { deriveSmtpCredentials(input: $input) {
           username password host ports { port security } } }`,
        { input },
      );
    const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const given = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey, region: 'ap-northeast-2' };
    const { data } = await derive(given);
    expect(data.deriveSmtpCredentials).toMatchObject({
      username: 'AKIAIOSFODNN7EXAMPLE',
      password: 'BFrwSu3BsGr8nvY2bDCyObUpnNCGFtmAY0j+5nSYn0ZQ',
      host: 'email-smtp.ap-northeast-2.amazonaws.com',
    });
    expect(data.deriveSmtpCredentials.ports).toContainEqual({ port: 465, security: 'TLS' });
    const refused = await derive({ ...given, accessKeyId: 'ASIAIOSFODNN7EXAMPLE', region: 'eu-south-1' });
    expect(refused.errors![0]!.extensions.fields.map(({ path }: any) => path).sort()).toEqual([
      'input.accessKeyId',
      'input.region',
    ]);
    const log = app.log.join('');
    for (const secret of [secretAccessKey, data.deriveSmtpCredentials.password]) {
      expect(log).not.toContain(secret);
      expect(JSON.stringify(refused)).not.toContain(secret);
    }
  });

  it('return no secret over an unencrypted connection', async () => {
    const behind = await TestApp.start(dialect, { TRUST_PROXY: 'on' });
    const derive = (proto: string) =>
      behind.gql(
        `mutation { deriveSmtpCredentials(input: { accessKeyId: "AKIAIOSFODNN7EXAMPLE",
           secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1" }) { password } }`,
        {},
        {
          authorization: `Bearer ${ADMIN_KEY}`,
          'x-forwarded-for': '203.0.113.7',
          'x-forwarded-proto': proto,
        },
      );
    expect((await derive('http')).errors![0]!.extensions.code).toBe('CONFLICT');
    expect((await derive('https')).data.deriveSmtpCredentials.password).toMatch(/^B.{43}$/);
    await behind.close();
  });

  it('do not store a key in the audit log when it was sent in the wrong field', async () => {
    const pem = '-----BEGIN PRIVATE KEY-----MIIEvQIBADANBgkq-----END PRIVATE KEY-----';
    await app.admin(`mutation ($id: ID!) { activateDkimKey(id: $id) { warnings } }`, { id: pem });
    const swapped = await app.admin(
      `mutation { deriveSmtpCredentials(input: { accessKeyId: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
         secretAccessKey: "AKIAIOSFODNN7EXAMPLE", region: "us-east-1" }) { username } }`,
    );
    expect(swapped.errors![0]!.extensions.fields[0].path).toBe('input.accessKeyId');
    const { data } = await app.admin(`{ auditLog { edges { node { target detail } } } }`);
    expect(JSON.stringify(data)).not.toMatch(/PRIVATE KEY|wJalrXUtnFEMI/);
  });

  it('list deliveries by page, by status and by recipient', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 7; index++) {
      clock.advance(1);
      ids.unshift((await app.requestEmail(`reader${index % 3}@example.com`)).data.requestEmailCode.id);
    }
    await app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`, { id: ids[3] });
    for (const id of ids) await app.delivered(id);
    const list = async (variables: object) => {
      const { data, errors } = await app.admin(
        `query ($first: Int, $after: String, $filter: DeliveryFilter) {
           deliveries(first: $first, after: $after, filter: $filter) {
             edges { node { verificationId recipient status provider sendCount sentAt } } pageInfo { hasNextPage endCursor } } }`,
        variables,
      );
      expect(errors).toBeUndefined();
      return data.deliveries;
    };
    const all = async (first: number, filter?: object) => {
      const found: string[] = [];
      for (let after: string | null = null; ;) {
        const { edges, pageInfo } = await list({ first, after, filter });
        found.push(...edges.map(({ node }: any) => node.verificationId));
        if (!pageInfo.hasNextPage) return found;
        after = pageInfo.endCursor;
      }
    };
    const expected = ids.flatMap((id, index) => (index === 3 ? [id, id] : [id]));
    for (const first of [1, 2, 3, 100]) expect(await all(first)).toEqual(expected);
    expect(await all(2, { status: 'DELIVERED' })).toEqual(expected);
    expect(await all(2, { status: 'FAILED' })).toEqual([]);
    expect(await all(1, { recipient: 'READER1+tag@example.com' })).toEqual([ids[2], ids[5]]);
    clock.advance(1);
    const spelled = (await app.requestEmail('first.last+x@gmail.com')).data.requestEmailCode.id;
    for (const recipient of ['firstlast@gmail.com', 'first.last+x@gmail.com', 'FIRST.last@googlemail.com'])
      expect(await all(1, { recipient })).toEqual([spelled]);
    await app.delivered(spelled);
    expect(await all(5, { channel: 'SMS' })).toEqual([]);
    const [first] = (await list({ first: 1 })).edges;
    expect(first.node).toMatchObject({ recipient: 'f***@gmail.com', provider: 'inbox', sendCount: 1 });
    const nobody = await app.admin(`{ deliveries(filter: { recipient: "not@all@" }) { edges { cursor } } }`);
    expect(nobody.errors![0]!.extensions.fields[0].path).toBe('filter.recipient');
  });
});
