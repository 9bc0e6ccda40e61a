import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { schemaText } from '../../src/emit-schema';

const SRC = join(__dirname, '../../src');

/** What each room may import; src/app/, the command line and the rooms' own files may import anything in reach. */
const ALLOWED: Record<string, string[]> = {
  shared: [],
  observability: ['shared'],
  channels: ['shared', 'database'],
  delivery: ['channels', 'database', 'shared'],
  keyring: ['database', 'shared'],
  verification: ['delivery', 'channels', 'keyring', 'audit', 'operations', 'database', 'shared'],
  audit: ['database', 'shared'],
  operations: ['channels', 'database', 'shared'],
  identity: ['audit', 'channels', 'keyring', 'database', 'shared'],
  doctor: ['identity', 'keyring', 'channels', 'config', 'database', 'shared'],
  config: ['channels', 'verification', 'database', 'shared'],
  // The one place that knows every entity and migration.
  database: ['delivery', 'channels', 'keyring', 'verification', 'shared', 'identity', 'audit', 'operations'],
  api: [
    'verification',
    'identity',
    'delivery',
    'channels',
    'config',
    'database',
    'shared',
    'keyring',
    'audit',
    'operations',
  ],
};

function imports(): { from: string; to: string; file: string }[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const source = readFileSync(join(SRC, file), 'utf8');
    return [...source.matchAll(/from '(\.[^']+)'/g)].map(([, path]) => {
      const to = relative(SRC, resolve(dirname(join(SRC, file)), path!));
      return { from: file.split('/')[0]!, to: to.split('/')[0]!, file };
    });
  });
}

it('imports go one way through the rooms', () => {
  const wrong = imports().filter(
    ({ from, to }) => from !== to && ALLOWED[from] && !ALLOWED[from].includes(to),
  );
  expect(wrong).toEqual([]);
});

it('the domain knows neither GraphQL nor an SDK', () => {
  for (const room of ['verification', 'delivery', 'keyring']) {
    for (const file of readdirSync(join(SRC, room))) {
      expect(readFileSync(join(SRC, room, file), 'utf8')).not.toMatch(
        /from '(@?graphql|type-graphql|@apollo|@aws-sdk|nodemailer)/,
      );
    }
  }
});

it('no source file is longer than 250 lines', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const long = files.filter((file) => readFileSync(join(SRC, file), 'utf8').split('\n').length > 251);
  expect(long).toEqual([]);
});

it('schema.graphql is what the resolvers say', () => {
  expect(readFileSync(join(SRC, '../schema.graphql'), 'utf8')).toBe(schemaText());
});

it('everything in the schema has a description', () => {
  const undescribed = schemaText()
    .split('\n')
    .filter((line, index, lines) => {
      const isMember = /^ {2,4}\w+(\(|:| *$)/.test(line) && !/^ *(query|mutation):/.test(line);
      const inDescription = lines.slice(0, index).join('\n').split('"""').length % 2 === 0;
      return isMember && !inDescription && !lines[index - 1]!.trim().endsWith('"""');
    });
  expect(undescribed).toEqual([]);
});
