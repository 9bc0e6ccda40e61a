import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { ApolloArmor } from '@escape.tech/graphql-armor';
import { type DocumentNode, type GraphQLSchema } from 'graphql';
import { DatabaseOverloaded } from '../database/database';
import { type Metrics } from '../shared/metrics';
import { adminGate } from './admin-gate';
import { type ApiContext } from './context';
import { formatError, logUnexpected } from './format-error';
import { landingPage } from './landing-page';
import { type OperationOutcome, unexecutedOutcomes } from './operation-outcome';
import { rootFieldsRule } from './root-fields-rule';

/** The parser stops after so many, however long the document is. */
const MAX_TOKENS = 2_000;

/**
 * Parsed documents that are kept, in bytes of JSON, which are some four times as many in memory. Apps send a handful, but
 * whoever writes values into the text makes a new one each time: Apollo's own bound would come to over 100 MB of them.
 */
const DOCUMENT_BYTES = 2 * 2 ** 20;

/** A hostile document is refused by these before anything of it is executed. */
const protect = () =>
  new ApolloArmor({
    maxDepth: { enabled: true, n: 10, ignoreIntrospection: true },
    maxAliases: { enabled: true, n: 40 },
    maxDirectives: { enabled: true, n: 20 },
    // GraphQL's own parser counts tokens; this one answers 500 to every syntax error.
    maxTokens: { enabled: false },
    costLimit: { enabled: true, maxCost: 10_000, ignoreIntrospection: true },
    // Apollo does that, see `hideSchemaDetailsFromClientErrors`.
    blockFieldSuggestion: { enabled: false },
  }).protect();

/** The GraphQL server: no batches, no introspection and no suggestions in production, errors masked. */
export function createApolloServer(
  schema: GraphQLSchema,
  { production, metrics }: { production: boolean; metrics: Metrics },
  plugins: ApolloServerPlugin<ApiContext>[],
): ApolloServer<ApiContext> {
  const protection = protect();
  return new ApolloServer<ApiContext>({
    schema,
    introspection: !production,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: production,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    documentStore: new InMemoryLRUCache<DocumentNode>({ maxSize: DOCUMENT_BYTES }),
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: [...protection.validationRules, rootFieldsRule],
    formatError,
    plugins: [
      ...protection.plugins,
      // No answer may be kept, whatever is asked for: to work that out field by field costs a fortieth of a verification.
      ApolloServerPluginCacheControlDisabled(),
      landingPage(production),
      adminGate(schema),
      responsePlugin(schema, metrics),
      ...plugins,
    ],
  });
}

/** Tells HTTP clients when to come back and bugs by their request id, and counts what was executed. */
function responsePlugin(schema: GraphQLSchema, metrics: Metrics): ApolloServerPlugin<ApiContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) {
            logUnexpected(error, contextValue.log);
            if (error.originalError instanceof DatabaseOverloaded) metrics.overloaded('database_queue');
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
  metrics.operationExecuted(operation, error ?? 'OK');
  if (error === 'RATE_LIMITED' && limit !== undefined) metrics.rateLimited(limit);
}
