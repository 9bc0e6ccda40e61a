import cors from '@fastify/cors';
import { type FastifyInstance } from 'fastify';
import { allowedOrigins } from './allowed-origins';
import { isLocalPageOrigin } from './local-page';

/** How long a browser may cache a preflight, in seconds. */
const PREFLIGHT_SECONDS = 3_600;

export interface CorsSettings {
  production: boolean;
  /** Origins whose pages may read answers. */
  corsOrigins: readonly string[];
}

/**
 * Lets pages of the listed origins call from a browser. Outside production, pages of this machine may call as
 * well, because a front end under development is served from another port.
 *
 * A preflight allows every request header that the page asks for. GraphQL clients and tracers add headers of
 * their own (`apollographql-client-name`, `traceparent`, `sentry-trace`), and one header that is not allowed
 * fails the whole request. No header gives a page more rights than its origin has.
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
