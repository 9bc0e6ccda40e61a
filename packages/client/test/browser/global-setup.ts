import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { buildClient } from '../../../../test/support/example-sign-up';
import { HAS_CHROMIUM } from '../support/chromium';

const ROOT = join(__dirname, '../../../..');

/** Builds what the browser tests load: the pages, the element, and the list of documents for `examples/sign-up`. */
export default async function buildPages(): Promise<void> {
  if (!HAS_CHROMIUM) {
    if (process.env.CI) throw new Error('CI has to test in a browser, and /usr/bin/chromium is missing');
    process.stderr.write(
      'Skipped: the tests in a browser. They require Chromium (Debian: apt-get install chromium).\n',
    );
    return;
  }
  execFileSync(process.execPath, [join(ROOT, 'tools/build.js'), 'web'], { stdio: 'inherit' });
  buildClient();
}
