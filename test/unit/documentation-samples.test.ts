import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DocumentNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import { DOCUMENT, VARIABLES } from '../../src/api/http/landing-page';
import { createSchema } from '../../src/api/graphql/schema';

const ROOT = join(__dirname, '../..');
const schema = createSchema([]);
const pages = ['README.md', ...markdownIn('docs')];

function markdownIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

const blocks = pages.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/```graphql\n([\s\S]*?)```/g)].map(
    ([, block]): [string, string] => [page, block!],
  ),
);

const operationsOf = ({ definitions }: DocumentNode) =>
  definitions.filter((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION);

describe('a GraphQL sample', () => {
  it('is found where there are any', () => expect(blocks.length).toBeGreaterThan(2));

  it.each(blocks)('of %s is valid by the schema: %s', (_, block) => {
    expect(validate(schema, parse(block)).map(({ message }) => message)).toEqual([]);
  });

  it('requests every field that the text beside it tells readers to publish or look at', () => {
    const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const chapter = text.slice(text.indexOf('## From a new domain'), text.indexOf('## SMS through'));
    const [, block] = /```graphql\n([\s\S]*?)```/.exec(chapter)!;
    for (const field of [
      'record',
      'zoneLine',
      'strings',
      'value',
      'problems',
      'activationWarnings',
      'byodkimReady',
      'drift',
      'removalSafeAt',
    ])
      expect([field, block]).toEqual([field, expect.stringMatching(new RegExp(`\\b${field}\\b`))]);
    expect(block).toMatch(/companions \{[^}]*\brecord \{/);
  });
});

describe('the first documents of the Sandbox', () => {
  const document = parse(DOCUMENT);

  it('are valid by the schema', () => {
    expect(validate(schema, document).map(({ message }) => message)).toEqual([]);
  });

  it.each(operationsOf(document).map(({ name }) => name!.value))('have variables that %s takes', (name) => {
    const operation = getOperationAST(document, name)!;
    const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], VARIABLES);
    expect(errors.map(({ message }) => message)).toEqual([]);
  });
});
