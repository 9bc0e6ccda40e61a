import { type ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { type AppError, badInput } from '../../../shared/errors';
import { type ApiContext } from '../context';
import { MAX_NAME_LENGTH } from './document-limits-rule';

const MAX_VARIABLE_VALUES = 500;
const MAX_VARIABLE_DEPTH = 10;

/**
 * Refuses variables that are larger than any input of the schema, before graphql-js coerces them. For each
 * unknown field, graphql-js would print the whole object that contains it.
 */
export function variablesLimit(): ApolloServerPlugin<ApiContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ request }) {
          const fault = findFault(request.variables ?? {});
          if (fault === null) return;
          // The status of graphql-js's own coercion errors. Apollo would answer an error without a status
          // with 500.
          throw new GraphQLError(fault.message, {
            originalError: fault,
            extensions: { http: { status: 400 } },
          });
        },
      };
    },
  };
}

function findFault(variables: Record<string, unknown>): AppError | null {
  let values = 0;
  const check = (value: unknown, path: string, depth: number): AppError | null => {
    if (++values > MAX_VARIABLE_VALUES)
      return badInput(
        path,
        'TOO_MANY_VALUES',
        `all variables together may contain at most ${MAX_VARIABLE_VALUES} values`,
      );
    if (typeof value !== 'object' || value === null) return null;
    if (depth > MAX_VARIABLE_DEPTH)
      return badInput(path, 'TOO_DEEP', `variables may be nested at most ${MAX_VARIABLE_DEPTH} levels deep`);
    for (const [name, member] of Object.entries(value)) {
      if (name.length > MAX_NAME_LENGTH)
        return badInput(path, 'TOO_LONG', `contains a name of more than ${MAX_NAME_LENGTH} characters`);
      const fault = check(member, path === '' ? name : `${path}.${name}`, depth + 1);
      if (fault !== null) return fault;
    }
    return null;
  };
  return check(variables, '', 0);
}
