import {
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ASTVisitor,
  type FragmentDefinitionNode,
} from 'graphql';

const MAX_ROOT_FIELDS = 20;

/**
 * Refuses documents with more than 20 root fields in an operation, including aliases and fragments. Each root
 * field of a mutation is executed like a separate request.
 */
export function rootFieldsRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      const count = countFields(operation.selectionSet, context, new Map());
      if (count <= MAX_ROOT_FIELDS) return;
      context.reportError(
        new GraphQLError(
          `an operation may select at most ${MAX_ROOT_FIELDS} root fields, and this one selects more: split it`,
          {
            nodes: operation,
          },
        ),
      );
    },
  };
}

function countFields(
  set: SelectionSetNode,
  context: ValidationContext,
  counted: Map<FragmentDefinitionNode, number>,
): number {
  let count = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) count += 1;
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      count += countFields(selection.selectionSet, context, counted);
    else {
      const fragment = context.getFragment(selection.name.value);
      if (!fragment) continue;
      if (!counted.has(fragment)) {
        // A fragment counts as zero while it is being counted. A rule of graphql-js refuses fragments that
        // contain themselves.
        counted.set(fragment, 0);
        counted.set(fragment, countFields(fragment.selectionSet, context, counted));
      }
      count += counted.get(fragment)!;
    }
  }
  return count;
}
