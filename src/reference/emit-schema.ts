import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { createSchema } from '../api/graphql/schema';

/** Writes schema.graphql: `npm run schema`. */
export function schemaText(): string {
  // graphql-js indents the empty lines of a description.
  const text = printSchema(createSchema([])).replace(/ +$/gm, '');
  return `# Emitted from src/api by "npm run schema"; a test fails when it is stale.\n\n${text}\n`;
}

if (require.main === module) writeFileSync('schema.graphql', schemaText());
