import { type ApolloServerPlugin } from '@apollo/server';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { type ApiContext } from './context';

/** Marks a field at the root as one for operators. */
export const Admin = (): MethodDecorator => Extensions({ admin: true });

const REFUSAL = {
  message: 'this operation wants a valid key: Authorization: Bearer <key>',
  extensions: { code: 'UNAUTHENTICATED' },
};

/**
 * Refuses documents with an operators' field before they are executed, and tells nothing else of what may be wrong
 * with them: without an admin key nobody learns from errors what the field wants. The resolvers ask for the key once
 * more.
 */
export function adminGate(schema: GraphQLSchema): ApolloServerPlugin<ApiContext> {
  // Apollo keeps parsed documents, so one that comes again is the same object.
  const known = new WeakMap<DocumentNode, boolean>();
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, contextValue }) {
          let wantsAdmin = known.get(document);
          if (wantsAdmin === undefined) {
            wantsAdmin = hasAdminField(schema, document);
            known.set(document, wantsAdmin);
          }
          if (wantsAdmin) admit(contextValue);
        },
        // Validation comes before the hook above and quotes the schema.
        async willSendResponse({ document, contextValue, response }) {
          if (contextValue.admin !== null || !document || response.body.kind !== 'single') return;
          if (!response.body.singleResult.errors || !hasAdminField(schema, document)) return;
          response.body.singleResult = { errors: [{ ...REFUSAL }] };
          response.http.status = 200;
        },
      };
    },
  };
}

function admit(context: ApiContext): void {
  // Apollo would answer 500 to an error from a plugin.
  if (context.admin === null) {
    throw new GraphQLError(REFUSAL.message, { extensions: { ...REFUSAL.extensions, http: { status: 200 } } });
  }
}

function hasAdminField(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let found = false;
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: () => {
        if (types.getFieldDef()?.extensions.admin === true) found = true;
      },
    }),
  );
  return found;
}
