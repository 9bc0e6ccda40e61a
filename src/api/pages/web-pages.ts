import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FastifyInstance } from 'fastify';
import { type DevelopmentPages } from './development-pages';
import { WEB_FOLDER } from './web-folder';

/** The pages that `web/` builds. */
export type PageName = 'inbox' | 'demo' | 'explorer' | 'graphiql';

const ONLY_OWN = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];
/** The frames that show e-mails inherit the policy of their page, and e-mails have inline styles. */
const WITH_EMAILS = [
  ...ONLY_OWN,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "frame-src 'self'",
];

/** The Content-Security-Policy of each page. No page may run inline scripts or scripts of another server. */
const POLICIES: Record<PageName, string[]> = {
  inbox: WITH_EMAILS,
  demo: WITH_EMAILS,
  // Apollo Sandbox is a frame from Apollo's servers, which asks the page to call the API.
  explorer: [
    ...ONLY_OWN,
    "style-src 'self'",
    "img-src 'self'",
    'frame-src https://sandbox.embed.apollographql.com',
  ],
  // GraphiQL's style sheet contains its fonts. Monaco, its editor, creates styles while it runs and uses workers.
  graphiql: [
    ...ONLY_OWN,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "worker-src 'self'",
  ],
};

/** Returns the route of a page at a path, for users who may see the pages for development. */
export function pageRoute(
  name: PageName,
  path: string,
  { guard }: DevelopmentPages,
): (server: FastifyInstance) => void {
  return (server) => {
    server.get(path, { onRequest: guard }, (_request, reply) =>
      reply.headers(pageHeaders(name)).send(readPage(name)),
    );
  };
}

/** Reads the HTML of a page. It is read each time, because a new build also has new assets. */
export function readPage(name: PageName): string {
  return readFileSync(join(WEB_FOLDER, `${name}.html`), 'utf8');
}

/** Returns the headers of a page, with its Content-Security-Policy. */
export function pageHeaders(name: PageName): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICIES[name].join('; '),
    // A site that opens the page in a window could otherwise count its frames, and so its e-mails.
    'cross-origin-opener-policy': 'same-origin-allow-popups',
  };
}
