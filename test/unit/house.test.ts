import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaText } from '../../src/reference/emit-schema';

const SRC = join(__dirname, '../../src');

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
