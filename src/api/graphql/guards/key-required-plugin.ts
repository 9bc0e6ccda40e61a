import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { type ApiContext } from '../context';

/** Marks a root field that requires an admin key. */
export const Admin = (): MethodDecorator => Extensions({ requiredKey: 'admin' });

/** Marks a root field that requires an application key or an admin key. */
export const BackEnd = (): MethodDecorator => Extensions({ requiredKey: 'any' });

/** The key that a document requires; null when it requires none. */
type RequiredKey = 'admin' | 'any' | null;

const REFUSAL = {
  message: 'this operation requires a valid key: send `Authorization: Bearer <key>`',
  extensions: { code: 'UNAUTHENTICATED' },
};

/**
 * Refuses documents with a root field that requires a key, before they are executed. The refusal replaces
 * every other error, so that callers without the key learn nothing about the field. The resolvers check the
 * key again.
 */
export function keyRequiredPlugin(schema: GraphQLSchema): ApolloServerPlugin<ApiContext> {
  // Apollo stores parsed documents, so a repeated document is the same object.
  const known = new WeakMap<DocumentNode, RequiredKey>();
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ request, document, contextValue }) {
          let required = known.get(document);
          if (required === undefined) {
            required = requiredKey(schema, document);
            known.set(document, required);
          }
          if (!holds(contextValue, required)) throw refusal();
          if (required !== null && request.http?.method === 'GET') throw notByGet();
        },
        // Validation runs before the hook above, and its errors quote the schema.
        async willSendResponse({ document, contextValue, response }) {
          if (contextValue.admin !== null || !document || response.body.kind !== 'single') return;
          if (!response.body.singleResult.errors) return;
          if (holds(contextValue, requiredKey(schema, document))) return;
          response.body.singleResult = { errors: [{ ...REFUSAL }] };
          response.http.status = 200;
        },
      };
    },
  };
}

function holds({ admin, app }: ApiContext, required: RequiredKey): boolean {
  return required === null || admin !== null || (required === 'any' && app !== null);
}

/** Without the status, Apollo answers an error of a plugin with 500. */
function refusal(): GraphQLError {
  return new GraphQLError(REFUSAL.message, { extensions: { ...REFUSAL.extensions, http: { status: 200 } } });
}

/**
 * Some queries of operators call providers and name servers, so a link in a browser or the cache of a proxy
 * must not trigger one.
 */
function notByGet(): GraphQLError {
  const http = { status: 405, headers: new HeaderMap([['allow', 'POST']]) };
  return new GraphQLError('this operation requires POST: send it as a POST request', {
    extensions: { code: 'BAD_REQUEST', http },
  });
}

function requiredKey(schema: GraphQLSchema, document: DocumentNode): RequiredKey {
  const types = new TypeInfo(schema);
  const found = new Set<unknown>();
  visit(
    document,
    visitWithTypeInfo(types, { Field: () => void found.add(types.getFieldDef()?.extensions.requiredKey) }),
  );
  if (found.has('admin')) return 'admin';
  return found.has('any') ? 'any' : null;
}
