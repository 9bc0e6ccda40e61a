import cors from '@fastify/cors';
import { type FastifyInstance } from 'fastify';
import { allowedOrigins } from './allowed-origins';
import { isLocalPageOrigin } from './local-page';

/** How long a browser need not repeat a preflight, in seconds. */
const PREFLIGHT_SECONDS = 3_600;

export interface CorsSettings {
  production: boolean;
  /** Origins whose pages may read answers. */
  corsOrigins: readonly string[];
}

/**
 * Lets pages of the listed origins call from a browser. Outside production pages of this machine may call as well, since
 * a front end under development has a port of its own.
 *
 * A preflight allows every request header that the page asks for. GraphQL clients and tracers add headers of their own
 * (`apollographql-client-name`, `traceparent`, `sentry-trace`), a missing one fails the whole request, and no header gives
 * a page more than its origin has been given.
 */
export async function allowOrigins(
  server: FastifyInstance,
  { production, corsOrigins }: CorsSettings,
): Promise<void> {
  if (production && corsOrigins.length === 0) return;
  const listed = allowedOrigins(corsOrigins);
  const isListed = (origin: string) =>
    listed.some((one) => (typeof one === 'string' ? one === origin : one.test(origin)));
  const isAllowed = (origin: string) => isListed(origin) || (!production && isLocalPageOrigin(origin));
  await server.register(cors, {
    origin: (origin, done) => done(null, origin !== undefined && isAllowed(origin)),
    methods: ['GET', 'POST'],
    exposedHeaders: ['retry-after', 'x-request-id'],
    maxAge: PREFLIGHT_SECONDS,
  });
}
