import {
  buildSchema,
  type DocumentNode,
  getIntrospectionQuery,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import { limitRules } from '../../src/api/graphql/apollo-server';
import { cheapRulesFirst } from '../../src/api/graphql/guards/cheap-rules-first';
import { MAX_FIELD_PAIRS } from '../../src/api/graphql/guards/document-limits-rule';
import { createDocumentStore, MAX_STORED_CHARACTERS } from '../../src/api/graphql/document-store';
import { schemaText } from '../../src/reference/emit-schema';

const schema = buildSchema(schemaText());
const many = (count: number, one: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => one(n)).join(' ');
const inVerification = (fields: string) => `{ verification(id: "x") { ${fields} } }`;
const refusalOf = (document: string, production = true) =>
  validate(schema, parse(document), limitRules(production)).map(({ message }) => message);

/**
 * The number of pairs of fields that graphql-js compares in a document. It reads the names of both fields of a pair.
 */
function countComparisons(text: string): number {
  let reads = 0;
  const document: DocumentNode = visit(parse(text), {
    Field: {
      leave: (field) => {
        const count = { enumerable: true, get: () => (reads++, field.name) };
        return Object.defineProperty({ ...field }, 'name', count);
      },
    },
  });
  validate(schema, document, [OverlappingFieldsCanBeMergedRule], { maxErrors: 1_000_000 });
  return reads / 2;
}

describe('the limits of documents', () => {
  it.each([
    ['repeated leaves', inVerification(many(480, () => 'status'))],
    ['repeated objects', inVerification(many(300, () => 'delivery { status }'))],
    ['repetition under an alias', inVerification(many(110, () => 'a: status'))],
    ['repetition across inline fragments', inVerification(many(110, () => '... { status }'))],
    [
      'repetition across fragments',
      `${inVerification(many(45, (n) => `...F${n}`))} ${many(45, (n) => `fragment F${n} on Verification { ${many(9, () => 'status')} }`)}`,
    ],
    ['many operations', many(21, (n) => `query Q${n} { __typename }`)],
    ['many fragments', `{ ...F0 } ${many(51, (n) => `fragment F${n} on Query { __typename }`)}`],
    ['a long name of an operation', `query ${'q'.repeat(129)} { __typename }`],
    ['a long name of a field', `{ ${'f'.repeat(129)} }`],
    ['a long name of a variable', `query ($${'v'.repeat(129)}: ID!) { __typename }`],
    ['introspection in production', getIntrospectionQuery()],
    ['introspection of one type in production', '{ __type(name: "Query") { name } }'],
  ])('refuse %s before any rule of graphql-js has visited an operation', (_what, document) => {
    expect(refusalOf(document).length).toBeGreaterThan(0);
    let visited = 0;
    const everyNode = () => ({
      enter: (node: { kind: string }) => void (node.kind === 'Document' ? 0 : visited++),
    });
    const first = cheapRulesFirst(limitRules(true), { maxErrors: 20 });
    const errors = validate(schema, parse(document), [everyNode, ...specifiedRules, first]);
    expect([errors.length > 0, visited]).toEqual([true, 0]);
  });

  it('accept the documents of clients', () => {
    const flow = `mutation Request($input: RequestEmailCodeInput!) { requestEmailCode(input: $input) { ...V } }
      mutation Verify($input: VerifyCodeInput!) { verifyCode(input: $input) { verified reason verification { ...V } } }
      fragment V on Verification { id channel recipient delivery { status failure updatedAt } }`;
    const twenty = `{ ${many(20, (n) => `v${n}: verification(id: "${n}") { id status delivery { status } }`)} }`;
    for (const document of [flow, twenty, inVerification(many(100, () => 'status'))])
      expect(refusalOf(document)).toEqual([]);
    expect(refusalOf(getIntrospectionQuery({ inputValueDeprecation: true }), false)).toEqual([]);
  });

  it('limit how many pairs of fields graphql-js compares, whatever fragments a document contains', () => {
    // The function counts the pairs of a refused document.
    expect(countComparisons(inVerification(many(480, () => 'status')))).toBeGreaterThan(100_000);
    const compared: number[] = [];
    for (let seed = 0; seed < 150; seed++) {
      const document = randomDocument(seed);
      if (refusalOf(document).length === 0) compared.push(countComparisons(document));
    }
    expect(compared.length).toBeGreaterThan(25);
    // A pair can be compared twice, and collecting the fields also reads their names.
    expect(Math.max(...compared)).toBeLessThan(3 * MAX_FIELD_PAIRS);
    expect(Math.max(...compared)).toBeGreaterThan(100);
  });
});

/** A document with few names in many fragments, inline and named, at several levels. */
function randomDocument(seed: number): string {
  let state = seed + 1;
  const below = (limit: number) => (state = (state * 48_271) % 2_147_483_647) % limit;
  const fragments = 1 + below(30);
  const selections = (level: number): string =>
    many(1 + below(8), () => {
      const kind = below(level > 2 ? 2 : 5);
      if (kind < 2) return ['status', 'a: id', 'b: status', 'id'][below(4)]!;
      if (kind === 2) return `...F${below(fragments)}`;
      if (kind === 3) return `... on Verification { ${selections(level + 1)} }`;
      return `delivery { ...D${below(fragments)} status ${many(below(4), () => 'failure')} }`;
    });
  return `${inVerification(selections(0))}
    ${many(fragments, (n) => `fragment F${n} on Verification { ${selections(1)} }`)}
    ${many(fragments, (n) => `fragment D${n} on Delivery { status ${many(below(5), () => 'failure')} }`)}`;
}

describe('the store of parsed documents', () => {
  it('keeps a limited number of characters of source, whatever the documents contain', async () => {
    const store = createDocumentStore();
    const texts = [
      (n: number) => `{ __typename } # ${n} ${'x'.repeat(50_000)}`,
      (n: number) => `{ __typename } # ${n} ${'\n#'.repeat(20_000)}`,
      (n: number) => `{ a${n} }`,
      (n: number) => `{ a${n} ${many(900, () => 'b')} }`,
    ];
    for (const text of texts) {
      for (let n = 0; n < 40; n++) await store.set(`${text(n).length}-${n}`, parse(text(n)));
      const kept = await Promise.all(store.keys().map((key) => store.get(key)));
      const characters = kept.reduce((sum, document) => sum + document!.loc!.source.body.length, 0);
      expect(characters).toBeLessThanOrEqual(MAX_STORED_CHARACTERS);
      expect(kept.length).toBeGreaterThan(0);
    }
  });
});
