import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Debian's Chromium; the browser tests are skipped without it. */
export const HAS_CHROMIUM = existsSync(PATH);

export function launchChromium(): Promise<Browser> {
  // Chromium's sandbox does not run as root, as which CI runs.
  return chromium.launch({ executablePath: PATH, args: ['--no-sandbox', '--disable-gpu'] });
}
