/**
 * Converts CORS_ORIGINS for @fastify/cors. `https://*.example.com` matches hosts below example.com at any
 * depth (`https://a.example.com`, `https://a.b.example.com`) but not example.com itself. Scheme and port must
 * be equal.
 *
 * @param origins as `config` has checked them: a `*` is always the whole first label.
 */
export function allowedOrigins(origins: readonly string[]): (string | RegExp)[] {
  return origins.map((origin) => (origin.includes('*') ? pattern(origin) : origin));
}

function pattern(origin: string): RegExp {
  const [scheme = '', rest = ''] = origin.split('*.');
  const literal = (text: string) => text.replace(/[.\\/[\]:]/g, '\\$&');
  return new RegExp(`^${literal(scheme)}([a-z0-9_-]+\\.)+${literal(rest)}$`);
}
