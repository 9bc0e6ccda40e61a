import { buildClient } from '../../../../test/support/example-sign-up';
import { HAS_CHROMIUM } from '../support/chromium';

/** Builds the element that the browser tests load, and the list of documents for `examples/sign-up`. */
export default async function buildElement(): Promise<void> {
  if (!HAS_CHROMIUM) {
    if (process.env.CI) throw new Error('CI has to test in a browser, and /usr/bin/chromium is missing');
    process.stderr.write(
      'Skipped: the tests in a browser. They require Chromium (Debian: apt-get install chromium).\n',
    );
    return;
  }
  buildClient();
}
