import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FastifyInstance, type FastifyReply } from 'fastify';
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

/** The pages for development, as they were built. */
export class WebPages {
  private readonly pages = new Map<PageName, string>();

  constructor(private readonly development: DevelopmentPages) {}

  /** Answers with a page and its policy. */
  send(name: PageName, reply: FastifyReply): FastifyReply {
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policyOf(name))
      .send(this.html(name));
  }

  /** Returns the routes of a page at a path. */
  routeOf(name: PageName, path: string): (server: FastifyInstance) => void {
    return (server) => {
      server.get(path, { onRequest: this.development.guard }, (_request, reply) => this.send(name, reply));
    };
  }

  html(name: PageName): string {
    const known = this.pages.get(name) ?? readFileSync(join(WEB_FOLDER, `${name}.html`), 'utf8');
    this.pages.set(name, known);
    return known;
  }
}

/** Returns the Content-Security-Policy of a page. */
export function policyOf(name: PageName): string {
  return POLICIES[name].join('; ');
}
