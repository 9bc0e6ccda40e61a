/**
 * CORS_ORIGINS as @fastify/cors takes it. `https://*.example.com` matches a host below example.com at any depth
 * (`https://a.example.com`, `https://a.b.example.com`) and not example.com itself; scheme and port must be the same.
 *
 * @param origins as `config` checked them: a `*` is always the whole first label.
 */
export function allowedOrigins(origins: readonly string[]): (string | RegExp)[] {
  return origins.map((origin) => (origin.includes('*') ? pattern(origin) : origin));
}

function pattern(origin: string): RegExp {
  const [scheme = '', rest = ''] = origin.split('*.');
  const literal = (text: string) => text.replace(/[.\\/[\]:]/g, '\\$&');
  return new RegExp(`^${literal(scheme)}([a-z0-9_-]+\\.)+${literal(rest)}$`);
}
