import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloArmor } from '@escape.tech/graphql-armor';
import { type GraphQLSchema, NoSchemaIntrospectionCustomRule, type ValidationRule } from 'graphql';
import { type Metrics } from '../../observability/metrics';
import { keyRequiredPlugin } from './guards/key-required-plugin';
import { type ApiContext } from './context';
import { formatError } from './format-error';
import { cheapRulesFirst } from './guards/cheap-rules-first';
import { documentLimitsRule } from './guards/document-limits-rule';
import { createDocumentStore } from './document-store';
import { responsePlugin } from './response-plugin';
import { rootFieldsRule } from './guards/root-fields-rule';
import { variablesLimit } from './guards/variables-limit';
import { landingPage } from '../pages/landing-page';

/** The parser stops after this number of tokens or comments, so its cost does not grow with the document. */
const PARSE_OPTIONS = { maxTokens: 2_000, maxComments: 500 };
/** Each error costs a message, and outside production a search for similar names. */
const MAX_ERRORS = 20;

/** The default limits of graphql-armor. Its plugins are not used. */
const { validationRules: armorRules } = new ApolloArmor({
  maxDepth: { enabled: true, n: 10, ignoreIntrospection: true },
  maxAliases: { enabled: true, n: 40 },
  maxDirectives: { enabled: true, n: 20 },
  // GraphQL's own parser counts tokens. graphql-armor would answer 500 to every syntax error.
  maxTokens: { enabled: false },
  costLimit: { enabled: true, maxCost: 10_000, ignoreIntrospection: true },
  // Apollo hides suggestions itself, see `hideSchemaDetailsFromClientErrors`.
  blockFieldSuggestion: { enabled: false },
}).protect();

/** The rules that limit what a document costs. Each of them is linear in the length of the document. */
export function limitRules(production: boolean): ValidationRule[] {
  const rules: ValidationRule[] = [...armorRules, rootFieldsRule, documentLimitsRule];
  return production ? [...rules, NoSchemaIntrospectionCustomRule] : rules;
}

export interface ApolloServerOptions {
  production: boolean;
  metrics: Metrics;
  /** Reads the HTML of the page for browsers; null: there is none. */
  explorer: (() => string) | null;
}

/**
 * Creates the GraphQL server. It accepts no batches, masks errors, and gives neither introspection nor
 * suggestions in production.
 */
export function createApolloServer(
  schema: GraphQLSchema,
  { production, metrics, explorer }: ApolloServerOptions,
): ApolloServer<ApiContext> {
  return new ApolloServer<ApiContext>({
    schema,
    introspection: !production,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: production,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    // Without persisted queries, clients send the whole document. A store of documents that any caller can
    // fill would have to be limited as well.
    persistedQueries: false,
    stopOnTerminationSignals: false,
    documentStore: createDocumentStore(),
    parseOptions: PARSE_OPTIONS,
    validationRules: [cheapRulesFirst(limitRules(production), { maxErrors: MAX_ERRORS })],
    validationOptions: { maxErrors: MAX_ERRORS, hideSuggestions: production },
    executionOptions: { maxCoercionErrors: MAX_ERRORS },
    formatError,
    plugins: [
      // Every answer forbids caching. Computing the policy for each field would only cost CPU time.
      ApolloServerPluginCacheControlDisabled(),
      // Without this, Apollo would report operations to its own service when APOLLO_KEY is in the
      // environment.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      landingPage(explorer),
      keyRequiredPlugin(schema),
      variablesLimit(),
      responsePlugin(schema, metrics),
    ],
  });
}
