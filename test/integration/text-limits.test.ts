import {
  buildClientSchema,
  getIntrospectionQuery,
  getNamedType,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isNonNullType,
} from 'graphql';
import { TestApp } from '../support/test-app';

const CHARACTERS = 100_000;

/** A place for a text: the operation, the path to the place, and variables with `text` there. */
interface Place {
  operation: string;
  document: string;
  path: string;
  type: 'String' | 'ID';
  variables: (text: string) => object;
}

/** The values of other fields of the same input that require a valid value. */
const FILLING: Record<string, unknown> = { name: 'example.com', domain: 'example.com', purpose: 'sign-up' };

function placesOf(schema: GraphQLSchema): Place[] {
  const roots = [schema.getQueryType()!, schema.getMutationType()!];
  return roots.flatMap((root) =>
    Object.values(root.getFields()).flatMap((field) => {
      const args = field.args.filter(({ defaultValue }) => defaultValue === undefined);
      const declared = args.map(({ name, type }) => `$${name}: ${String(type)}`);
      if (declared.length === 0) return [];
      const given = args.map(({ name }) => `${name}: $${name}`);
      const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
      const kind = root === schema.getMutationType() ? 'mutation' : 'query';
      const document = `${kind} (${declared.join(', ')}) { ${field.name}(${given.join(', ')}) ${selection} }`;
      return textsIn(args).map(({ path, type, build }) => ({
        operation: field.name,
        document,
        path,
        type,
        variables: build,
      }));
    }),
  );
}

interface Text {
  path: string;
  type: 'String' | 'ID';
  build: (text: string) => object;
}

function textsIn(fields: readonly (GraphQLArgument | GraphQLInputField)[]): Text[] {
  return fields.flatMap(({ name, type }): Text[] => {
    const others = () =>
      Object.fromEntries(fields.filter((one) => one.name !== name && isRequired(one)).map(fill));
    const named = getNamedType(type);
    if (named.name === 'String' || named.name === 'ID') {
      return [{ path: name, type: named.name, build: (text) => ({ ...others(), [name]: text }) }];
    }
    if (!isInputObjectType(named)) return [];
    return textsIn(Object.values(named.getFields())).map((inner) => ({
      path: `${name}.${inner.path}`,
      type: inner.type,
      build: (text) => ({ ...others(), [name]: inner.build(text) }),
    }));
  });
}

function isRequired(field: GraphQLArgument | GraphQLInputField): boolean {
  return isNonNullType(field.type) && field.defaultValue === undefined;
}

function fill({ name, type }: GraphQLArgument | GraphQLInputField): [string, unknown] {
  return [name, FILLING[name] ?? valueOf(type)];
}

function valueOf(type: GraphQLInputType): unknown {
  const named = getNamedType(type);
  if (isInputObjectType(named))
    return Object.fromEntries(Object.values(named.getFields()).filter(isRequired).map(fill));
  if (isEnumType(named)) return named.getValues()[0]!.name;
  return { Int: 1, Float: 1, Boolean: false }[named.name] ?? 'x';
}

/** The operations that describe an unknown id by an object instead of null. */
const UNKNOWN_IDS: Record<string, object> = {
  verifyCode: { __typename: 'VerifyCodeResult' },
  why: { __typename: 'Diagnosis' },
};

describe('a text of 100,000 characters', () => {
  let app: TestApp;
  let places: Place[];
  beforeAll(async () => {
    app = await TestApp.start('sqlite');
    const { data } = await app.gql(getIntrospectionQuery());
    places = placesOf(buildClientSchema(data));
  });
  afterAll(() => app.close());

  const send = ({ document, variables }: Place, text: string) => app.admin(document, variables(text));

  it.each([
    ['letters', 'a'],
    ['blanks', ' '],
    ['ideographic blanks in UTF-8, as many as a request may have', '\u3000'],
    ['digits', '1'],
    ['at signs', '@'],
  ])(
    'in %s is too long for every argument and input field of type String',
    async (_, character) => {
      const text = `x${character.repeat((CHARACTERS - 2) / Buffer.byteLength(character))}x`;
      const texts = places.filter(({ type }) => type === 'String');
      expect(texts.map(({ operation, path }) => `${operation} ${path}`)).toEqual(
        expect.arrayContaining([
          'deliveries filter.recipient',
          'emailIdentity name',
          'verifyCode input.code',
        ]),
      );
      for (const place of texts) {
        const { errors } = await send(place, text);
        expect([place.operation, errors?.[0]?.extensions]).toEqual([
          place.operation,
          {
            code: 'BAD_USER_INPUT',
            fields: [
              { path: place.path, rule: 'TOO_LONG', message: expect.stringMatching(/^must be at most/) },
            ],
          },
        ]);
      }
    },
    60_000,
  );

  it('is an unknown id in every argument and input field of type ID', async () => {
    const ids = places.filter(({ type }) => type === 'ID');
    expect(ids.length).toBeGreaterThan(5);
    for (const place of ids) {
      for (const text of ['a'.repeat(CHARACTERS), ' '.repeat(CHARACTERS)]) {
        const { data, errors } = await send(place, text);
        const answer = errors?.[0]?.extensions.code ?? data[place.operation];
        const unknown = UNKNOWN_IDS[place.operation] ?? null;
        expect([place.operation, answer]).toEqual([
          place.operation,
          place.document.startsWith('query') || unknown ? unknown : 'NOT_FOUND',
        ]);
      }
    }
  });

  it('is also too long in the document itself instead of in a variable', async () => {
    const name = 'a'.repeat(90_000);
    const { errors } = await app.admin(`{ emailIdentity(name: "${name}") { name } }`);
    expect(errors![0]!.extensions.fields).toEqual([
      expect.objectContaining({ path: 'name', rule: 'TOO_LONG' }),
    ]);
  });
});
