import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** What web/ is built into. This file is in dist/src/api/pages when it is compiled, and in src/api/pages in tests. */
export const WEB_FOLDER = join(ROOT, existsSync(join(ROOT, 'dist')) ? 'dist/web' : 'web');
