import { join } from 'node:path';

/** The repository: this file runs as bench/dist/bench/src/paths.js. */
export const ROOT = join(__dirname, '../../../..');
export const BENCH = join(ROOT, 'bench');
export const RESULTS = join(BENCH, 'results');
export const PROFILES = join(BENCH, 'profiles');
