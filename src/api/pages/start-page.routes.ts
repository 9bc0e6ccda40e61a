import { randomBytes } from 'node:crypto';
import { type FastifyInstance } from 'fastify';
import { type GraphQLSchema, printSchema } from 'graphql';
import { type DevelopmentPages } from './development-pages';
import { type Endpoint, startPage } from './start-page';

const SANDBOX: Endpoint = {
  path: '/graphql',
  title: 'GraphQL Sandbox',
  purpose: 'Try the API: request a code, then verify it.',
};
const DEMO: Endpoint = {
  path: '/demo',
  title: 'Demo',
  purpose: 'A sign-up page made with the element, beside the inbox.',
};
const INBOX: Endpoint = {
  path: '/inbox',
  title: 'Inbox',
  purpose: 'Messages that were sent here instead of to their recipients.',
};
const OTHERS: readonly Endpoint[] = [
  { path: '/graphiql', title: 'GraphiQL', purpose: 'The same as the Sandbox, without internet.' },
  { path: '/schema.graphql', title: 'Schema', purpose: 'The GraphQL schema as text, for code generators.' },
  { path: '/healthz', title: 'Health', purpose: 'Whether the process answers.' },
  { path: '/readyz', title: 'Readiness', purpose: 'Whether the database and the dispatcher work.' },
  { path: '/metrics', title: 'Metrics', purpose: 'Counters and gauges for Prometheus.' },
  {
    path: '/.well-known/jwks.json',
    title: 'Proof keys',
    purpose: 'The public keys (JWKS) with which back ends check proofs.',
  },
];

export interface StartPageParts {
  pages: DevelopmentPages;
  schema: GraphQLSchema;
  /** Whether a channel delivers to the inbox. Only then is the inbox served. */
  hasInbox: boolean;
}

/** `GET /`, which links to every endpoint, and `GET /schema.graphql`. Both exist only outside production. */
export function startPageRoutes({
  pages,
  schema,
  hasInbox,
}: StartPageParts): (server: FastifyInstance) => void {
  const endpoints = [DEMO, ...(hasInbox ? [INBOX] : []), SANDBOX, ...OTHERS];
  return (server) => {
    server.get('/', { onRequest: pages.guard }, async (_request, reply) => {
      const nonce = randomBytes(16).toString('base64');
      const policy = `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', policy)
        .send(startPage(endpoints, nonce));
    });
    // Chromium requests this for a page with a frame that fails, although the page names its icon.
    server.get('/favicon.ico', (_request, reply) => reply.status(204).send());
    server.get('/schema.graphql', { onRequest: pages.guard }, async (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(printSchema(schema)),
    );
  };
}
