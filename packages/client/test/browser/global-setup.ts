import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { HAS_CHROMIUM } from '../support/chromium';
import { BUNDLE } from '../support/page-server';

const ROOT = join(__dirname, '../../../..');

/** Bundles the element and builds the pages that the browser tests load. */
export default async function buildPages(): Promise<void> {
  if (!HAS_CHROMIUM) {
    if (process.env.CI) throw new Error('CI has to test in a browser, and /usr/bin/chromium is missing');
    process.stderr.write(
      'Skipped: the tests in a browser. They require Chromium (Debian: apt-get install chromium).\n',
    );
    return;
  }
  execFileSync(process.execPath, [join(ROOT, 'tools/build.js'), 'web'], { stdio: 'inherit' });
  rmSync(BUNDLE, { recursive: true, force: true });
  const script = `import('./bundle.mjs').then(({ bundleElement }) => bundleElement(process.argv[1]))`;
  // jest runs CommonJS, which cannot load the module.
  execFileSync(process.execPath, ['-e', script, BUNDLE], { cwd: join(__dirname, '../..') });
}
