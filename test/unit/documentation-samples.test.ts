import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type DocumentNode,
  getOperationAST,
  isEnumType,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import { createSchema } from '../../src/api/graphql/schema';
import { loadTemplates } from '../../src/channels/templates/load-templates';
import { SETTINGS } from '../../src/config/declaration';
import VARIABLES from '../../web/src/explorer/examples.json';
import {
  blocksOf,
  filesOf,
  pageText,
  PAGES,
  shellCommandsOf,
  withoutCodeBlocks,
} from '../support/documentation';

const ROOT = join(__dirname, '../..');
const schema = createSchema([]);

const operationsOf = ({ definitions }: DocumentNode) =>
  definitions.filter((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION);

function faultsOf(query: string, variables: Record<string, unknown>): string[] {
  const document = parse(query);
  const faults = validate(schema, document).map(({ message }) => message);
  const operation = getOperationAST(document);
  if (faults.length > 0 || !operation) return faults;
  const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  return errors.map(({ message }) => message);
}

describe('a GraphQL sample', () => {
  const blocks = PAGES.flatMap((page) => blocksOf(page, 'graphql').map((block) => [page, block]));

  it('is found on the pages that contain one', () => expect(blocks.length).toBeGreaterThan(2));

  it.each(blocks)('of %s is valid in the schema: %s', (_, block) => {
    expect(validate(schema, parse(block)).map(({ message }) => message)).toEqual([]);
  });
});

describe('the guide of events', () => {
  it.each([
    ['js', 'receiver.mjs', 'function isSigned'],
    ['python', 'receiver.py', 'def is_signed'],
  ])('verifies the signature in %s as examples/%s does', (language, program, begin) => {
    const [block] = blocksOf('docs/guides/events.md', language);
    const example = readFileSync(join(__dirname, '../../examples', program), 'utf8');
    expect(functionOf(block!, begin)).toContain(begin);
    expect(functionOf(block!, begin)).toBe(functionOf(example, begin));
  });
});

it('the guide of the client has the central function of the route in examples/sign-up', () => {
  const begin = 'function completeCall';
  const block = blocksOf('docs/guides/client.md', 'js').find((one) => one.includes(begin));
  const example = readFileSync(join(__dirname, '../../examples/sign-up/verification-route.mjs'), 'utf8');
  expect(functionOf(block!, begin)).toBe(functionOf(example, begin));
});

describe('a GraphQL request in a shell command', () => {
  const requests = PAGES.flatMap((page) => shellCommandsOf(page).map((command) => [page, command])).filter(
    ([, command]) => command!.includes('"query"'),
  );

  it('is found on the pages of operators', () => {
    const pages = new Set(requests.map(([page]) => page));
    expect(pages).toContain('docs/operations/tasks.md');
    expect(pages).toContain('docs/guides/sending-domain.md');
  });

  it.each(requests)('of %s is valid in the schema: %s', (_, command) => {
    const [, quoted] = /'(\{"query".*?\})'/.exec(command)!;
    // printf prints two backslashes as one.
    const json = command.startsWith('printf') ? quoted!.replaceAll('\\\\', '\\') : quoted!;
    const { query, variables = {} } = JSON.parse(json) as {
      query: string;
      variables?: Record<string, unknown>;
    };
    expect(faultsOf(query, variables)).toEqual([]);
  });
});

describe('the examples of the explorer', () => {
  const document = parse(readFileSync(join(ROOT, 'web/src/explorer/examples.graphql'), 'utf8'));

  it('are valid in the schema', () => {
    expect(validate(schema, document).map(({ message }) => message)).toEqual([]);
  });

  it.each(operationsOf(document).map(({ name }) => name!.value))('have variables that %s accepts', (name) => {
    const operation = getOperationAST(document, name)!;
    const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], VARIABLES);
    expect(errors.map(({ message }) => message)).toEqual([]);
  });
});

it('the templates in the guide can be used', () => {
  const samples = filesOf('docs/guides/templates.md').filter(({ path }) => path.endsWith('.liquid'));
  expect(samples.length).toBeGreaterThan(1);
  const dir = mkdtempSync(join(tmpdir(), 'injeung-templates-'));
  for (const { path, text } of samples) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  expect(() => loadTemplates({ dir, brandName: 'Example', allowLms: false, smsCodeLength: 6 })).not.toThrow();
  rmSync(dir, { recursive: true });
});

describe('a name in capitals', () => {
  const enumValues = Object.values(schema.getTypeMap()).flatMap((type) =>
    isEnumType(type) ? type.getValues().map(({ name }) => name) : [],
  );
  const constants = new Set(
    [...sourceText().matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name),
  );
  /** Names of other programs and libraries, of placeholders in commands, and of signals. */
  const foreign = new Set([
    'APP_KEY',
    'ADMIN_KEY',
    'SESSION_SECRET',
    'INJEUNG_URL',
    'INJEUNG_APP_KEY',
    'TEST_DATABASE_URL',
    'POSTGRES_HOST_AUTH_METHOD',
    'POSTGRES_DB',
    'BENCH_DATABASE_URL',
    'HTTP_PROXY',
    'UND_ERR_RES_EXCEEDED_MAX_SIZE',
  ]);
  const isKnown = (name: string) =>
    SETTINGS.has(name) || enumValues.includes(name) || constants.has(name) || foreign.has(name);

  // The changelog also contains names that no longer exist.
  it.each(PAGES.filter((page) => page !== 'CHANGELOG.md'))(
    'in %s is a setting or a constant of the program',
    (page) => {
      const names = [...pageText(page).matchAll(/(?<![\w./<-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w*])/g)];
      expect(names.map(([name]) => name).filter((name) => !isKnown(name))).toEqual([]);
    },
  );
});

it.each(PAGES)('a message of the program in a table of %s exists', (page) => {
  const tables = withoutCodeBlocks(pageText(page)).matchAll(
    /^\| (?:`msg`|message) +\|.*\n\| -.*\n((?:\|.*\n)+)/gm,
  );
  const quoted = [...tables].flatMap(([, rows]) =>
    [...rows!.matchAll(/^\| `([^`]+)`/gm)].map(([, text]) => text!),
  );
  const source = sourceText().replaceAll("\\'", "'");
  expect(quoted.filter((text) => !source.includes(text.split('…')[0]!))).toEqual([]);
});

/** The function that begins with these words, in JavaScript or Python. */
function functionOf(text: string, begin: string): string {
  const from = text.slice(text.indexOf(begin));
  return from.slice(0, from.search(/^}|\n\n\n|(?![^])/m)).trimEnd();
}

function sourceText(): string {
  const sources = ['src', 'packages/client/src'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(ROOT, folder, file),
    ),
  );
  return sources
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}
