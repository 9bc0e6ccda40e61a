import {
  buildSchema,
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { schemaText } from '../../src/reference/emit-schema';
import { DIALECTS } from '../support/databases';
import { FakeDns } from '../support/fake-dns';
import { FakeSes, SES_CREDENTIALS } from '../support/fake-ses';
import { ADMIN_KEY, TestApp } from '../support/test-app';

const APP_KEY = 'application-key-of-the-test-suite-0123456789';
const ROLES: Record<string, Record<string, string>> = {
  nobody: {},
  application: { authorization: `Bearer ${APP_KEY}` },
  admin: { authorization: `Bearer ${ADMIN_KEY}` },
};

/** Texts that a client can write in JSON and that cause errors in databases, drivers and regular expressions. */
const HOSTILE: Record<string, string> = {
  empty: '',
  NUL: '\0',
  'NUL inside': 'a\0b',
  'first half of a surrogate pair': '\ud800',
  'second half of a surrogate pair': 'a\udfffb',
  'U+FFFF': '\uffff',
  emoji: '😀',
  'marks of direction': '\u202e\u200fabc\u2066',
  'control characters': '\u0001\u001f\u007f\u0085',
  'SQL and templates': `'; DROP TABLE verification; -- $1 {{ code }} %00`,
  '100,000 characters': 'x'.repeat(100_000),
  'cursor with NUL': base64('1764000000000:\0'),
  'cursor of refusals with NUL': base64('1764000000000:\0:EMAIL:\0'),
  'cursor with halves of pairs': base64('1764000000000:\ud800:1764000000000:\udc00'),
  'cursor beyond all numbers': base64('999999999999999:x:999999999999999:x'),
  'cursor as JSON with NUL': base64(JSON.stringify(['\0', 0, '  '])),
};

interface StringArgument {
  operation: 'query' | 'mutation';
  field: GraphQLField<unknown, unknown>;
  path: readonly string[];
  isId: boolean;
}

const schema = buildSchema(schemaText());
const ARGUMENTS: StringArgument[] = [schema.getQueryType()!, schema.getMutationType()!].flatMap((root) =>
  Object.values(root.getFields()).flatMap((field) =>
    field.args
      .flatMap((arg) => stringsOf(arg))
      .map(({ path, isId }) => ({
        operation: root === schema.getQueryType() ? ('query' as const) : ('mutation' as const),
        field,
        path,
        isId,
      })),
  ),
);

function stringsOf({ name, type }: GraphQLArgument | GraphQLInputField): { path: string[]; isId: boolean }[] {
  const named = getNamedType(type);
  if (isInputObjectType(named))
    return Object.values(named.getFields())
      .flatMap(stringsOf)
      .map(({ path, isId }) => ({ path: [name, ...path], isId }));
  return ['String', 'ID'].includes(named.name) ? [{ path: [name], isId: named.name === 'ID' }] : [];
}

it('hostile text is tried in every string of the schema', () => {
  const names = ARGUMENTS.map(({ field, path }) => `${field.name}.${path.join('.')}`);
  for (const known of [
    'resendCode.verificationId',
    'verifyCode.input.code',
    'dkimKey.id',
    'deliveries.after',
  ])
    expect(names).toContain(known);
  expect(names.length).toBeGreaterThan(40);
  const nested = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => type !== schema.getQueryType() && type !== schema.getMutationType())
    .flatMap((type) => Object.values(type.getFields()));
  expect(nested.filter(({ name, args }) => !name.startsWith('__') && args.length > 0)).toEqual(
    nested.filter(({ args }) => args.some(({ name }) => name === 'includeDeprecated')),
  );
});

describe.each(DIALECTS)('hostile text in every argument, on %s', (dialect) => {
  let ses: FakeSes;
  let dns: FakeDns;
  let app: TestApp;
  let good: Record<string, string>;
  const before = { ...process.env };

  beforeAll(async () => {
    ses = await FakeSes.start();
    dns = await FakeDns.start();
    Object.assign(process.env, ses.environment);
    app = await TestApp.start(dialect, { APP_API_KEYS: APP_KEY, DNS_SERVERS: dns.address });
    const { id } = (await app.requestEmail('user@example.com', {}, ROLES.application)).data.requestEmailCode;
    const created = await app.admin(
      `mutation { createDkimKey(input: { domain: "example.com", selector: "s1" }) { id } }`,
    );
    good = {
      email: 'user@example.com',
      phoneNumber: '+821012345678',
      verificationId: id,
      'verification.id': id,
      code: '000000',
      id: created.data.createDkimKey.id,
      dkimKeyId: created.data.createDkimKey.id,
      name: 'example.com',
      domain: 'example.com',
      selector: 's2',
      accessKeyId: SES_CREDENTIALS.accessKeyId,
      secretAccessKey: SES_CREDENTIALS.secretAccessKey,
      region: 'ap-northeast-2',
    };
  }, 60_000);
  afterAll(async () => {
    process.env = { ...before };
    await app.close();
    await ses.close();
    await dns.close();
  });

  /** The required arguments of the field, with `hostile` in one of its strings. */
  const variables = ({ field, path }: StringArgument, hostile: string) =>
    Object.fromEntries(
      field.args.flatMap((arg) => valueOf(arg, field.name, path, hostile).map((value) => [arg.name, value])),
    );

  /** Undefined for an optional argument that does not contain the hostile string. */
  const valueOf = (
    { name, type }: { name: string; type: GraphQLInputType },
    field: string,
    path: readonly string[],
    hostile: string,
  ): unknown[] => {
    const [head, ...rest] = path;
    const leads = head === name;
    if (!leads && !isNonNullType(type)) return [];
    const named = getNamedType(type);
    if (isInputObjectType(named)) {
      const fields = Object.values(named.getFields()).flatMap((inner) =>
        valueOf(inner, field, leads ? rest : [], hostile).map((value) => [inner.name, value]),
      );
      return [Object.fromEntries(fields)];
    }
    if (leads) return [hostile];
    if (isEnumType(named)) return [named.getValues()[0]!.name];
    if (named.name === 'Boolean') return [false];
    if (named.name === 'Int') return [2048];
    return [good[`${field}.${name}`] ?? good[name] ?? 'text'];
  };

  const ask = ({ operation, field }: StringArgument, values: object, headers: Record<string, string>) => {
    const given = field.args.filter(({ name }) => name in values);
    const declared = given.map(({ name, type }) => `$${name}: ${type.toString()}`).join(', ');
    const passed = given.map(({ name }) => `${name}: $${name}`).join(', ');
    const document = `${operation} (${declared}) { ${field.name}(${passed}) ${selection(field.type)} }`;
    return app.gql(document, values, headers);
  };

  it.each(
    ARGUMENTS.map((argument) => [`${argument.field.name}(${argument.path.join('.')})`, argument] as const),
  )('is refused or accepted, and never causes an internal error: %s', async (_name, argument) => {
    const logged = app.log.length;
    for (const [what, hostile] of Object.entries(HOSTILE)) {
      for (const [role, headers] of Object.entries(ROLES)) {
        const values = variables(argument, hostile);
        const { data, errors } = await ask(argument, values, headers);
        const codes = (errors ?? []).map(({ extensions }) => extensions.code);
        expect({ what, role, codes }).not.toEqual({
          what,
          role,
          codes: expect.arrayContaining(['INTERNAL_SERVER_ERROR']),
        });
        if (argument.isId && !codes.includes('UNAUTHENTICATED'))
          expect({ what, role, answer: answerOf(data?.[argument.field.name], codes) }).toEqual({
            what,
            role,
            answer: 'unknown',
          });
      }
    }
    expect(app.log.slice(logged).filter((line) => /unexpected error/.test(line))).toEqual([]);
  });

  it.each(Object.entries(HOSTILE))(
    'is not accepted as a recipient of the inbox: %s',
    async (_what, hostile) => {
      const to = encodeURIComponent(hostile.toWellFormed().slice(0, 10_000));
      const response = await fetch(`${app.url}/inbox/messages?to=${to}`);
      expect(response.status).toBe(200);
    },
  );
});

/** `unknown` for an unknown id, as the contract requires. */
function answerOf(answer: any, codes: string[]): unknown {
  const isUnknown =
    codes.length === 0
      ? answer === null || answer?.reason === 'NOT_FOUND' || answer?.cause === 'UNKNOWN_VERIFICATION'
      : codes.every((code) => code === 'NOT_FOUND');
  return isUnknown ? 'unknown' : { answer, codes };
}

/** Selects the scalar fields of an answer and of the objects that it refers to. */
function selection(type: GraphQLOutputType, depth = 2): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return '';
  const fields = Object.values(named.getFields()).flatMap((field) => {
    if (isLeafType(getNamedType(field.type))) return [field.name];
    return depth > 1 ? [`${field.name} ${selection(field.type, depth - 1)}`] : [];
  });
  return `{ __typename ${fields.join(' ')} }`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64url');
}
