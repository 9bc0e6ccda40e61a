import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { type FastifyInstance } from 'fastify';
import { WEB_FOLDER } from './web-folder';

/** The names of all other files contain a digest of their content. */
const ELEMENT = 'injeung-verify.js';
const YEAR_MS = 365 * 24 * 3_600_000;

/** `GET /assets/...`: scripts, styles and fonts of the pages. They contain no data, so they are not guarded. */
export function assetRoutes(server: FastifyInstance): void {
  serveFolder(server, 'assets', {});
}

/**
 * `GET /element/injeung-verify.js` and the modules that it loads: the element, for pages of applications, in production
 * too. So a page needs neither a package nor a build, and the element has the version of the server. The code is public,
 * so every origin may load it.
 */
export function elementRoutes(server: FastifyInstance): void {
  const anyOrigin = { 'access-control-allow-origin': '*' };
  const script = readFileSync(join(WEB_FOLDER, 'element', ELEMENT));
  // By its content: the times of files are equal in every npm package, whatever its version.
  const etag = `"${createHash('sha256').update(script).digest('base64url')}"`;
  server.get(`/element/${ELEMENT}`, (request, reply) => {
    reply.headers({ ...anyOrigin, etag, 'cache-control': 'public, no-cache' });
    if (request.headers['if-none-match'] === etag) return reply.status(304).send();
    return reply.type('text/javascript; charset=utf-8').send(script);
  });
  serveFolder(server, 'element', anyOrigin);
}

function serveFolder(server: FastifyInstance, folder: string, headers: Record<string, string>): void {
  server.register(fastifyStatic, {
    root: join(WEB_FOLDER, folder),
    prefix: `/${folder}/`,
    index: false,
    immutable: true,
    maxAge: YEAR_MS,
    decorateReply: false,
    setHeaders: (reply) => {
      for (const [name, value] of Object.entries(headers)) reply.setHeader(name, value);
    },
  });
}
