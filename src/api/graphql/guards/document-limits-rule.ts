import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql';

const MAX_OPERATIONS = 20;
const MAX_FRAGMENTS = 50;
export const MAX_NAME_LENGTH = 128;
/**
 * graphql-js compares fields with the same response name in pairs. This limits the pairs in the whole
 * document, because fragments can bring any two fields together.
 */
export const MAX_FIELD_PAIRS = 5_000;

/**
 * Refuses documents that cost more than their length suggests, in time linear in the length:
 * - many operations or fragments, because graphql-js follows every operation through its fragments;
 * - response names that repeat so often that comparing them takes quadratic time;
 * - long names, because error messages would repeat them.
 */
export function documentLimitsRule(context: ValidationContext): ASTVisitor {
  const counts = { operations: 0, fragments: 0, pairs: 0 };
  const timesUsed = new Map<string, number>();
  const refuse = (message: string) => context.reportError(new GraphQLError(message));
  return {
    OperationDefinition() {
      counts.operations++;
    },
    FragmentDefinition() {
      counts.fragments++;
    },
    Field({ alias, name }) {
      const responseName = alias?.value ?? name.value;
      const earlier = timesUsed.get(responseName) ?? 0;
      counts.pairs += earlier;
      timesUsed.set(responseName, earlier + 1);
    },
    Name({ value }) {
      if (value.length > MAX_NAME_LENGTH)
        refuse(`a name in the document has more than ${MAX_NAME_LENGTH} characters: shorten it`);
    },
    Document: {
      leave() {
        if (counts.operations > MAX_OPERATIONS)
          refuse(
            `the document has ${counts.operations} operations, but at most ${MAX_OPERATIONS} are allowed: split it`,
          );
        if (counts.fragments > MAX_FRAGMENTS)
          refuse(
            `the document has ${counts.fragments} fragments, but at most ${MAX_FRAGMENTS} are allowed: split it`,
          );
        if (counts.pairs > MAX_FIELD_PAIRS)
          refuse(
            'the document selects the same fields too often: select each field once, or split the document',
          );
      },
    },
  };
}
