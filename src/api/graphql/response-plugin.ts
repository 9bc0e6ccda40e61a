import { type ApolloServerPlugin } from '@apollo/server';
import { type GraphQLSchema } from 'graphql';
import { DatabaseOverloaded } from '../../database/database-errors';
import { type Metrics } from '../../observability/metrics';
import { type ApiContext } from './context';
import { logUnexpected } from './format-error';
import { unexecutedOutcomes } from './operation-outcome';
import { type OperationOutcome } from './operation-outcome.types';

/**
 * Sets the `Retry-After` header, adds the request id to unexpected errors, and counts the executed
 * operations.
 */
export function responsePlugin(schema: GraphQLSchema, metrics: Metrics): ApolloServerPlugin<ApiContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) {
            logUnexpected(error, contextValue.log);
            if (error.originalError instanceof DatabaseOverloaded)
              metrics.overloadRefusals.inc({ cause: 'database_queue' });
          }
        },
        async willSendResponse({ response, operation, contextValue }) {
          if (response.body.kind !== 'single') return;
          const errors = response.body.singleResult.errors ?? [];
          for (const { extensions } of errors) {
            if (extensions?.code === 'INTERNAL_SERVER_ERROR') extensions.requestId = contextValue.requestId;
          }
          if (contextValue.outcomes.length === 0)
            contextValue.outcomes.push(...unexecutedOutcomes(schema, operation, errors));
          for (const outcome of contextValue.outcomes) count(metrics, outcome);
          const waits = errors.map((error) => Number(error.extensions?.retryAfterSeconds ?? 0));
          const longest = Math.max(0, ...waits);
          if (longest > 0) response.http.headers.set('retry-after', String(longest));
        },
      };
    },
  };
}

function count(metrics: Metrics, { operation, error, limit }: OperationOutcome): void {
  metrics.graphqlOperations.inc({ field: operation, code: error ?? 'OK' });
  if (error === 'RATE_LIMITED' && limit !== undefined) metrics.rateLimited.inc({ limit });
}
