import { type GraphQLSchema } from 'graphql';
import { buildSchemaSync, type ClassType } from 'type-graphql';
import { ProofResolver } from './proof.resolver';
import { validateInput } from './validate-input';
import { VerificationResolver } from './verification.resolver';

const RESOLVERS = [VerificationResolver, ProofResolver] as const;

/**
 * Builds the schema over resolvers that were made by hand; without them (to print the schema) it cannot be executed.
 */
export function createSchema(resolvers: readonly object[]): GraphQLSchema {
  const instances = new Map<unknown, object>(resolvers.map((resolver) => [resolver.constructor, resolver]));
  return buildSchemaSync({
    resolvers: [...RESOLVERS] as unknown as [ClassType, ...ClassType[]],
    container: { get: (cls) => instances.get(cls) },
    validateFn: validateInput,
  });
}
