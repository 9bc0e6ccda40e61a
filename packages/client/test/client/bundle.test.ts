import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { InjeungVerify } from '../../src/element/define';

const LIMIT_BYTES = 15_000;

it('a page with the element loads less than 15 KB, gzipped, with the texts of its language', () => {
  const folder = mkdtempSync(join(tmpdir(), 'injeung-bundle-'));
  const script = `import('./bundle.mjs').then(({ bundleElement }) => bundleElement(process.argv[1]))`;
  execFileSync(process.execPath, ['-e', script, folder], { cwd: join(__dirname, '../..') });
  const sizes = readdirSync(folder).map(
    (name) => [name, gzipSync(readFileSync(join(folder, name))).length] as const,
  );
  rmSync(folder, { recursive: true });
  const languages = sizes.filter(([name]) => /^injeung-(ko|ja|zh)-/.test(name));
  expect(languages).toHaveLength(3);
  expect(sizes).toHaveLength(4);
  const [, element] = sizes.find(([name]) => name === 'injeung-verify.js')!;
  expect(element + Math.max(...languages.map(([, size]) => size))).toBeLessThan(LIMIT_BYTES);
});

it('a server that renders pages can import the element', () => {
  expect(InjeungVerify.formAssociated).toBe(true);
});
