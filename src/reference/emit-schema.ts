import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { createSchema } from '../api/graphql/schema';

/** Writes schema.graphql: `npm run schema`. */
export function schemaText(): string {
  return `# Emitted from src/api by "npm run schema"; a test fails when it is stale.\n\n${printSchema(createSchema([]))}\n`;
}

if (require.main === module) writeFileSync('schema.graphql', schemaText());
