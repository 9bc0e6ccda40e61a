// Builds the package into packages/client/dist: ES modules with types for bundlers, and the element minified in
// dist/browser/ for pages without one.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bundleElement } from './bundle.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
// Modules of languages have names by their content, so those of an earlier build would stay.
rmSync(new URL('dist', import.meta.url), { recursive: true, force: true });
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [compiler, '-p', folder], { stdio: 'inherit' });
if (compiled.status !== 0) process.exit(1);
await bundleElement(fileURLToPath(new URL('dist/browser', import.meta.url)));
