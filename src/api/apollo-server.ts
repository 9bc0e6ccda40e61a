import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloArmor } from '@escape.tech/graphql-armor';
import { type GraphQLSchema } from 'graphql';
import { type Metrics } from '../shared/metrics';
import { type ApiContext } from './context';
import { formatError, logUnexpected } from './format-error';
import { landingPage } from './landing-page';
import { rootFieldsRule } from './root-fields-rule';

/** A hostile document is refused by these before anything of it is executed. */
const armor = new ApolloArmor({
  maxDepth: { enabled: true, n: 10, ignoreIntrospection: true },
  maxAliases: { enabled: true, n: 40 },
  maxDirectives: { enabled: true, n: 20 },
  maxTokens: { enabled: true, n: 2_000 },
  costLimit: { enabled: true, maxCost: 10_000, ignoreIntrospection: true },
});

/** The GraphQL server: no batches, no introspection and no suggestions in production, errors masked. */
export function createApolloServer(
  schema: GraphQLSchema,
  { production, metrics }: { production: boolean; metrics: Metrics },
  plugins: ApolloServerPlugin<ApiContext>[],
): ApolloServer<ApiContext> {
  const protection = armor.protect();
  return new ApolloServer<ApiContext>({
    schema,
    introspection: !production,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: production,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    validationRules: [...protection.validationRules, rootFieldsRule],
    formatError,
    plugins: [...protection.plugins, landingPage(production), responsePlugin(metrics), ...plugins],
  });
}

/** Tells HTTP clients when to come back and bugs by their request id, and counts what was executed. */
function responsePlugin(metrics: Metrics): ApolloServerPlugin<ApiContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) logUnexpected(error, contextValue.log);
        },
        async willSendResponse({ response, operation, contextValue }) {
          if (response.body.kind !== 'single') return;
          const errors = response.body.singleResult.errors ?? [];
          for (const { extensions } of errors) {
            if (extensions?.code === 'INTERNAL_SERVER_ERROR') extensions.requestId = contextValue.requestId;
          }
          count(metrics, operation?.selectionSet.selections ?? [], errors);
          const waits = errors.map((error) => Number(error.extensions?.retryAfterSeconds ?? 0));
          const longest = Math.max(0, ...waits);
          if (longest > 0) response.http.headers.set('retry-after', String(longest));
        },
      };
    },
  };
}

type Selections = readonly { kind: string; name?: { value: string }; alias?: { value: string } }[];
type Errors = readonly { path?: readonly (string | number)[]; extensions?: Record<string, unknown> }[];

function count(metrics: Metrics, selections: Selections, errors: Errors): void {
  for (const { name, alias } of selections) {
    const answer = alias?.value ?? name?.value;
    const error = errors.find(({ path }) => path?.[0] === answer);
    const code = typeof error?.extensions?.code === 'string' ? error.extensions.code : 'OK';
    metrics.operationExecuted(name?.value ?? 'fragment', error ? code : 'OK');
    if (code === 'RATE_LIMITED') metrics.rateLimited(String(error?.extensions?.limit));
  }
}
