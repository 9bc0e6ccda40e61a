import { rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { HAS_CHROMIUM } from '../support/chromium';
import { BUNDLE } from '../support/page-server';

/** Bundles the element that the browser tests load. */
export default async function buildElement(): Promise<void> {
  if (!HAS_CHROMIUM) {
    if (process.env.CI) throw new Error('CI has to test in a browser, and /usr/bin/chromium is missing');
    process.stderr.write(
      'Skipped: the tests in a browser. They require Chromium (Debian: apt-get install chromium).\n',
    );
    return;
  }
  rmSync(BUNDLE, { recursive: true, force: true });
  const bundle = pathToFileURL(join(__dirname, '../../bundle.mjs')).href;
  // jest runs CommonJS, so its own import() cannot load the module.
  const load = new Function('path', 'return import(path)') as (
    path: string,
  ) => Promise<{ bundleElement(outdir: string): Promise<void> }>;
  await (await load(bundle)).bundleElement(BUNDLE);
}
