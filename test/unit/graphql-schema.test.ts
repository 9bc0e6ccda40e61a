import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaText } from '../../src/reference/emit-schema';

it('schema.graphql is the schema that the resolvers generate', () => {
  expect(readFileSync(join(__dirname, '../../schema.graphql'), 'utf8')).toBe(schemaText());
});

it('the GraphQL schema describes every field, argument and value', () => {
  const undescribed = schemaText()
    .split('\n')
    .filter((line, index, lines) => {
      const isMember = /^ {2,4}\w+(\(|:| *$)/.test(line) && !/^ *(query|mutation):/.test(line);
      const inDescription = lines.slice(0, index).join('\n').split('"""').length % 2 === 0;
      return isMember && !inDescription && !lines[index - 1]!.trim().endsWith('"""');
    });
  expect(undescribed).toEqual([]);
});
