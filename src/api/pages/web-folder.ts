import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** What web/ is built into. This file is in dist/src/api/pages when it is compiled, and in src/api/pages in tests. */
export const WEB_FOLDER = join(ROOT, existsSync(join(ROOT, 'dist')) ? 'dist/web' : 'web');

const FILES = [...['inbox.html', 'demo.html', 'explorer.html', 'graphiql.html'], 'element/injeung-verify.js'];

/** @throws Error when a file of the built pages is missing. */
export function requireBuiltPages(): void {
  const missing = FILES.find((file) => !existsSync(join(WEB_FOLDER, file)));
  if (missing !== undefined)
    throw new Error(`dist/web/${missing} is missing: run "npm run build" to build the web pages`);
}
