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
import { landingPage } from '../http/landing-page';

/** The parser stops after so many tokens or comments, however long the document is. */
const PARSE_OPTIONS = { maxTokens: 2_000, maxComments: 500 };
/** Each error costs a message, and outside production a search for similar names. */
const MAX_ERRORS = 20;

/** Limits of the library's own; its plugins are not used. */
const { validationRules: armorRules } = new ApolloArmor({
  maxDepth: { enabled: true, n: 10, ignoreIntrospection: true },
  maxAliases: { enabled: true, n: 40 },
  maxDirectives: { enabled: true, n: 20 },
  // GraphQL's own parser counts tokens; the library's would answer 500 to every syntax error.
  maxTokens: { enabled: false },
  costLimit: { enabled: true, maxCost: 10_000, ignoreIntrospection: true },
  // Apollo does that, see `hideSchemaDetailsFromClientErrors`.
  blockFieldSuggestion: { enabled: false },
}).protect();

/** The rules that bound what a document costs, each linear in its length. */
export function limitRules(production: boolean): ValidationRule[] {
  const rules: ValidationRule[] = [...armorRules, rootFieldsRule, documentLimitsRule];
  return production ? [...rules, NoSchemaIntrospectionCustomRule] : rules;
}

/** The GraphQL server: no batches, no introspection and no suggestions in production, errors masked. */
export function createApolloServer(
  schema: GraphQLSchema,
  { production, metrics }: { production: boolean; metrics: Metrics },
): ApolloServer<ApiContext> {
  return new ApolloServer<ApiContext>({
    schema,
    introspection: !production,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: production,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    // Clients fall back to sending the document. A store of documents that strangers fill would have to be bounded as well.
    persistedQueries: false,
    stopOnTerminationSignals: false,
    documentStore: createDocumentStore(),
    parseOptions: PARSE_OPTIONS,
    validationRules: [cheapRulesFirst(limitRules(production), { maxErrors: MAX_ERRORS })],
    validationOptions: { maxErrors: MAX_ERRORS, hideSuggestions: production },
    executionOptions: { maxCoercionErrors: MAX_ERRORS },
    formatError,
    plugins: [
      // No answer may be kept, whatever is asked for: to work that out field by field costs a fortieth of a verification.
      ApolloServerPluginCacheControlDisabled(),
      // With APOLLO_KEY in the environment Apollo would report operations to its own service.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      landingPage(production),
      keyRequiredPlugin(schema),
      variablesLimit(),
      responsePlugin(schema, metrics),
    ],
  });
}
