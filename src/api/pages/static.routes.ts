import { basename, join } from 'node:path';
import fastifyStatic, { type FastifyStaticOptions } from '@fastify/static';
import { type FastifyInstance } from 'fastify';
import { WEB_FOLDER } from './web-folder';

const YEAR_SECONDS = 365 * 24 * 3_600;
/** For files whose names contain a digest of their content. */
const FOR_EVER = `public, max-age=${YEAR_SECONDS}, immutable`;
/** A browser may keep the file, and asks each time whether it has changed. */
const CHECKED = 'public, no-cache';

/** `GET /assets/...`: scripts, styles and fonts of the pages. They contain no data, so they are not guarded. */
export function assetRoutes(server: FastifyInstance): void {
  serveFolder(server, 'assets', () => FOR_EVER);
}

/**
 * `GET /element/injeung-verify.js` and the modules that it loads: the element, for pages of applications, in production
 * too. So a page needs neither a package nor a build, and the element has the version of the server.
 */
export function elementRoutes(server: FastifyInstance): void {
  serveFolder(server, 'element', (file) => (file.startsWith('injeung-verify.js') ? CHECKED : FOR_EVER));
}

function serveFolder(
  server: FastifyInstance,
  folder: string,
  cacheControlOf: (file: string) => string,
): void {
  const options: FastifyStaticOptions = {
    root: join(WEB_FOLDER, folder),
    prefix: `/${folder}/`,
    index: false,
    cacheControl: false,
    decorateReply: false,
    preCompressed: true,
    setHeaders: (reply, path) => {
      reply.setHeader('cache-control', cacheControlOf(basename(path)));
    },
  };
  server.register(fastifyStatic, options);
}
