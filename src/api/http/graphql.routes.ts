import { type ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type ApiContext } from '../graphql/context';
import { pageHeaders } from '../pages/web-pages';
import { HttpFault } from './http-fault';

export interface GraphQLParts {
  apollo: ApolloServer<ApiContext>;
  createContext: (request: FastifyRequest) => ApiContext;
  /** Returns why a request may not see the pages for development, or null if it may. */
  refusalOfPages: (request: FastifyRequest) => string | null;
}

export const GRAPHQL_PATH = '/graphql';
const METHODS = 'GET, POST, OPTIONS';

/** Messages for faults that Fastify finds. The messages of all other faults are our own. */
const MESSAGES: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'the body is too large: send at most 100 KiB',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is not valid JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty: send a JSON object with a query',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'send content-type: application/json',
};

/**
 * `GET` and `POST /graphql`. Every answer has the shape of a GraphQL answer, even for faults of the HTTP
 * request: `errors` with a message and `extensions.code`.
 */
export function graphqlRoutes(parts: GraphQLParts): (server: FastifyInstance) => void {
  return (server) => {
    const others = server.supportedMethods.filter((method) => !METHODS.split(', ').includes(method));
    server.register(async (scope) => {
      acceptJsonOnly(scope);
      scope.setErrorHandler(answerError);
      scope.route({
        method: ['GET', 'POST'],
        url: GRAPHQL_PATH,
        exposeHeadRoute: false,
        onRequest: requireJson,
        handler: (request, reply) => execute(parts, request, reply),
      });
      scope.options(GRAPHQL_PATH, (_request, reply) => reply.status(204).header('allow', METHODS).send());
      // This runs before the body is read, because otherwise its content type would be refused first.
      scope.route({ method: others, url: GRAPHQL_PATH, onRequest: refuseMethod, handler: refuseMethod });
    });
    // Methods that Fastify does not route, such as PROPFIND.
    server.setNotFoundHandler((request, reply) => {
      if (request.url.split('?', 1)[0] === GRAPHQL_PATH) return refuseMethod(request, reply);
      return reply.status(404).send({ message: 'Not Found' });
    });
  };
}

async function execute(
  { apollo, createContext, refusalOfPages }: GraphQLParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: toApollo(request),
    context: async () => createContext(request),
  });
  // When Apollo answers with its page, it executes no operation, so it is not too late to refuse here.
  const isPage = headers.get('content-type') === 'text/html';
  const refusal = isPage ? refusalOfPages(request) : null;
  if (refusal !== null) throw new HttpFault(403, refusal);
  if (body.kind !== 'complete') throw new Error('incremental delivery is not supported');
  for (const [name, value] of headers) reply.header(name, value);
  if (isPage) reply.headers(pageHeaders('explorer'));
  return reply.status(status ?? 200).send(body.string);
}

function toApollo(request: FastifyRequest): HTTPGraphQLRequest {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  // GET executes queries only, and queries change nothing: see docs/decisions/0001-queries-by-get.md.
  if (request.method === 'GET') headers.set('apollo-require-preflight', 'true');
  const query = request.url.indexOf('?');
  const search = query === -1 ? '' : request.url.slice(query);
  return { method: request.method, headers, search, body: request.body };
}

/** Removes Fastify's parser for plain text: a page of any origin may send plain text without a preflight. */
function acceptJsonOnly(scope: FastifyInstance): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, parseJson);
}

/** Refuses content types and encodings that the server does not read, before it reads the body. */
async function requireJson({ method, headers }: FastifyRequest): Promise<void> {
  if (method !== 'POST') return;
  const type = headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new HttpFault(415, 'send content-type: application/json');
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset))
    throw new HttpFault(415, 'the charset is not supported: send the body as UTF-8');
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity')
    throw new HttpFault(415, 'compressed bodies are not supported: send no content-encoding');
}

async function refuseMethod(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return reply
    .status(405)
    .header('allow', METHODS)
    .send(bodyOf('use POST, or GET for queries', { code: 'BAD_REQUEST' }));
}

function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status < 500)
    return reply.status(status).send(bodyOf(MESSAGES[error.code] ?? error.message, { code: 'BAD_REQUEST' }));
  request.log.error({ err: error, route: GRAPHQL_PATH }, 'unexpected error of an HTTP route');
  const extensions = { code: 'INTERNAL_SERVER_ERROR', requestId: request.id };
  return reply
    .status(500)
    .send(
      bodyOf('internal error: give the `requestId` of this error to the operator of the service', extensions),
    );
}

function bodyOf(message: string, extensions: Record<string, string>) {
  return { errors: [{ message, extensions }] };
}
