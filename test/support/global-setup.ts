import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findPrograms } from './find-programs';

/** Prepares a run of jest. The tests run the sources of the server, which serves the built pages. */
export default async function prepareTests(): Promise<void> {
  execFileSync(process.execPath, [join(__dirname, '../../tools/build.js'), 'web'], { stdio: 'inherit' });
  await findPrograms();
}
