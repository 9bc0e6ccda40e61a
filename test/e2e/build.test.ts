import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/until';

const ROOT = join(__dirname, '../..');
const HOW_TO_BUILD = 'npm ci --include=dev && npm run build && npm prune --omit=dev';
const COMPILES = 'injeung: compiling the sources\n';
const BUILDS_PAGES = 'injeung: building the web pages\n';

/** A small program of two files, with the build and the start scripts of this repository. */
let tree: string;
const at = (path: string) => join(tree, path);
const write = (path: string, content: string) => writeFileSync(at(path), content);
const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8' });
const build = (...args: string[]) => node('tools/build.js', ...args);
const start = () => node('bin/injeung.js', 'serve');

function removeCompiler(): void {
  rmSync(at('node_modules'));
  mkdirSync(at('node_modules'));
}

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'injeung-'));
  for (const path of ['bin', 'tools/build.js', 'tsconfig.json', 'tsconfig.build.json', 'package.json'])
    cpSync(join(ROOT, path), at(path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), at('node_modules'));
  mkdirSync(at('src'));
  write('src/greeting.ts', "export const greeting: string = 'first';\n");
  write('src/main.ts', "import { greeting } from './greeting';\nprocess.stdout.write(greeting);\n");
});
afterEach(() => rmSync(tree, { recursive: true }));

it('the build compiles once, and again only after a file that it depends on has changed', () => {
  expect(build()).toMatchObject({ status: 0, stderr: COMPILES });
  expect(start()).toMatchObject({ status: 0, stdout: 'first' });
  expect(build()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  write('src/greeting.ts', readFileSync(at('src/greeting.ts'), 'utf8'));
  expect(build().stderr).toBe('');

  write('src/greeting.ts', "export const greeting: string = 'second';\n");
  expect(build().stderr).toBe(COMPILES);
  expect(start().stdout).toBe('second');
  write('tsconfig.json', readFileSync(at('tsconfig.json'), 'utf8').replace('es2022', 'es2023'));
  expect(build().stderr).toBe(COMPILES);
  write('package.json', JSON.stringify({ name: 'injeung', version: '9.9.9' }));
  expect(build().stderr).toBe(COMPILES);
  expect(build().stderr).toBe('');
}, 120_000);

it('the build runs again when its output is incomplete, was edited, or contains a file whose source was deleted', () => {
  build();
  const damages = [
    () => rmSync(at('dist'), { recursive: true }),
    () => rmSync(at('dist/build.json')),
    () => write('dist/build.json', '{'),
    () => rmSync(at('dist/src/greeting.js')),
    () => write('dist/src/main.js', ''),
    () => write('dist/src/stale.js', ''),
  ];
  for (const damage of damages) {
    damage();
    expect(build().stderr).toBe(COMPILES);
    expect(start().stdout).toBe('first');
  }
  write('src/main.ts', 'export {};\n');
  rmSync(at('src/greeting.ts'));
  build();
  expect(readdirSync(at('dist/src'))).toEqual(['main.js', 'main.js.map']);
}, 120_000);

it('the build builds the pages only when their sources have changed, and the program only when its own have', () => {
  mkdirSync(at('web/pages'), { recursive: true });
  write('web/pages/first.html', '<!doctype html><title>first</title>');
  const input = "rollupOptions: { input: new URL('pages/first.html', import.meta.url).pathname }";
  write('web/vite.config.mjs', `export default { build: { ${input} } };\n`);
  expect(build()).toMatchObject({ status: 0, stderr: COMPILES + BUILDS_PAGES });
  expect(readFileSync(at('dist/web/pages/first.html'), 'utf8')).toContain('first');
  expect(build()).toMatchObject({ status: 0, stdout: '', stderr: '' });

  write('web/pages/first.html', '<!doctype html><title>second</title>');
  expect(build('web').stderr).toBe(BUILDS_PAGES);
  expect(readFileSync(at('dist/web/pages/first.html'), 'utf8')).toContain('second');
  write('src/greeting.ts', "export const greeting: string = 'second';\n");
  expect(build('web').stderr).toBe('');
  expect(build().stderr).toBe(COMPILES);
  expect(existsSync(at('dist/web/pages/first.html'))).toBe(true);

  write('web/vite.config.mjs', 'export default nothing;\n');
  expect(build().status).toBe(1);
  expect(readFileSync(at('dist/web/pages/first.html'), 'utf8')).toContain('second');
}, 120_000);

it('the build keeps other programs that were compiled into dist/', () => {
  mkdirSync(at('dist/tools'), { recursive: true });
  write('dist/tools/campaign.js', '');
  build();
  expect(existsSync(at('dist/tools/campaign.js'))).toBe(true);
  write('dist/tools/campaign.js', 'changed');
  expect(build().stderr).toBe('');
}, 60_000);

it('the build fails on a type error, keeps the old output, and compiles again next time', () => {
  build();
  write('src/greeting.ts', 'export const greeting: number = "wrong";\n');
  const failed = build();
  expect(failed.status).toBe(1);
  expect(failed.stdout).toContain('src/greeting.ts(1,14): error TS2322');
  expect(start().stdout).toBe('first');
  expect(build().status).toBe(1);
  expect(readdirSync(tree).filter((name) => name.startsWith('.build-'))).toEqual([]);
}, 60_000);

it('the build succeeds after it was killed while it compiled', async () => {
  const killed = spawn(process.execPath, ['tools/build.js'], { cwd: tree, detached: true, stdio: 'pipe' });
  let output = '';
  killed.stderr.on('data', (chunk) => (output += chunk));
  await until(() => (output === '' ? null : true));
  process.kill(-killed.pid!, 'SIGKILL');
  await once(killed, 'exit');
  expect(start()).toMatchObject({ status: 1, stdout: '' });
  mkdirSync(at(`.build-${killed.pid}/src`), { recursive: true });
  expect(build().status).toBe(0);
  expect(start().stdout).toBe('first');
  expect(readdirSync(tree).filter((name) => name.startsWith('.build-'))).toEqual([]);
}, 60_000);

it.each([
  ['is empty, because a build was killed while it created it', '', 6],
  ['has the id of a program that is not a build', String(process.pid), 301],
])(
  'the build removes a lock that %s',
  (_reason, owner, ageSeconds) => {
    write('.build-lock', owner);
    const created = new Date(Date.now() - ageSeconds * 1000);
    utimesSync(at('.build-lock'), created, created);
    expect(build()).toMatchObject({ status: 0, stderr: COMPILES });
    expect(existsSync(at('.build-lock'))).toBe(false);
  },
  60_000,
);

it('the build is complete when several builds run at once, and only one of them compiles', async () => {
  const builds = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, ['tools/build.js'], { cwd: tree });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    return once(child, 'close').then(([status]) => ({ status, stderr }));
  });
  const endings = await Promise.all(builds);
  expect(endings.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
  expect(endings.map(({ stderr }) => stderr).join('')).toBe(COMPILES);
  expect(start()).toMatchObject({ status: 0, stdout: 'first' });
  expect(readdirSync(tree).filter((name) => name.startsWith('.build'))).toEqual([]);
}, 120_000);

describe('the build without the compiler', () => {
  it('fails with one line that says how to build, but does not fail when npm prepares an installation', () => {
    removeCompiler();
    const line = `injeung: the program is not built, and the compiler is not installed. To build it, run: ${HOW_TO_BUILD}\n`;
    expect(build('--optional')).toMatchObject({ status: 0, stdout: '', stderr: line });
    expect(build()).toMatchObject({ status: 1, stdout: '', stderr: line });
  });

  it('uses a build that matches the sources and refuses a build that does not', () => {
    build();
    removeCompiler();
    expect(build()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    write('src/greeting.ts', "export const greeting: string = 'second';\n");
    expect(build()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^injeung: the build does not match the sources, .*npm run build.*\n$/),
    });
  }, 60_000);

  it('uses the build of an installed package, which has no sources', () => {
    build();
    removeCompiler();
    rmSync(at('src'), { recursive: true });
    expect(build()).toMatchObject({ status: 0, stderr: '' });
  }, 60_000);
});

it('a start without a build fails with one line that says how to build', () => {
  expect(start()).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `injeung: the program is not built. To build it, run: ${HOW_TO_BUILD}\n`,
  });
});
