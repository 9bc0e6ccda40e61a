'use strict';
// Builds dist/ of the parts whose sources have changed: `server` (src/, by TypeScript) and `web` (the pages in web/, by
// Vite).
//
//   node tools/build.js              fails when it has to build and the compiler is not installed
//   node tools/build.js --optional   prints how to build in this case, and succeeds. npm's `prepare` uses it, because
//                                    it also runs when an operator installs without development dependencies.
//   node tools/build.js web          builds this part only
//
// Digests are compared instead of modification times, because they also detect deleted sources, an interrupted build,
// edited output and another branch. The version of Node is not compared, because the output does not depend on it.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { join } = require('node:path');
const { notBuilt } = require('../bin/not-built.js');

const ROOT = join(__dirname, '..');
const DIST = join(ROOT, 'dist');
const RECORD = join(DIST, 'build.json');
const LOCK = join(ROOT, '.build-lock');
const LOCK_POLL_MS = 50;
/** A build takes less time than this, and writes its id into the lock sooner than that. Older locks are left-overs. */
const LOCK_LONGEST_MS = 5 * 60_000;
const LOCK_EMPTY_LONGEST_MS = 5_000;
/** After this time, a build that waits says for what. */
const LOCK_SILENT_MS = 2_000;
const binary = (path) => join(ROOT, 'node_modules', path);

/**
 * Inputs are relative to the repository, outputs to dist/. dist/ has other content too, such as the programs of tools/.
 * package.json contains the versions of the compiler and of the libraries.
 */
const PARTS = [
  {
    name: 'server',
    title: 'compiling the sources',
    inputs: ['src', 'ormconfig.ts', 'tsconfig.json', 'tsconfig.build.json', 'package.json', 'tools/build.js'],
    outputs: ['src', 'ormconfig.js', 'ormconfig.js.map', 'package.json'],
    command: (folder) => [binary('typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', folder],
  },
  {
    name: 'web',
    title: 'building the web pages',
    inputs: [
      ...['web', 'packages/client/src', 'packages/client/bundle.mjs', 'packages/client/package.json'],
      ...['package.json', 'tools/build.js'],
    ],
    outputs: ['web'],
    command: (folder) => [
      ...[binary('vite/bin/vite.js'), 'build', 'web', '--logLevel', 'warn'],
      ...['--outDir', join(folder, 'web'), '--emptyOutDir'],
    ],
  },
];
const hasSources = ({ inputs: [folder] }) => fs.existsSync(join(ROOT, folder));

/** SHA-256 over the names and contents of these files and of all files in these folders. */
function digest(base, paths) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap((one) => filesAt(base, one))) {
    const content = fs.readFileSync(join(base, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Paths relative to `base`, in the same order on every machine; empty when the path does not exist. */
function filesAt(base, path) {
  const found = fs.statSync(join(base, path), { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  const names = fs.readdirSync(join(base, path)).sort();
  return names.flatMap((name) => filesAt(base, `${path}/${name}`));
}

/** The digests of the last build of each part. */
function readRecord() {
  try {
    return JSON.parse(fs.readFileSync(RECORD, 'utf8'));
  } catch {
    // There is no record.
    return {};
  }
}

function isCurrent({ name, inputs, outputs }) {
  const record = readRecord()[name];
  try {
    return record?.inputs === digest(ROOT, inputs) && record.outputs === digest(DIST, outputs);
  } catch {
    // Another build is replacing files now.
    return false;
  }
}

/**
 * Builds beside dist/ and moves the result there at the end. So a failed or interrupted build leaves the old one
 * unchanged. The folder has the same depth as dist/, because source maps contain relative paths.
 */
function build(parts) {
  const inputs = parts.map((part) => digest(ROOT, part.inputs));
  removeLeftovers();
  const made = join(ROOT, `.build-${process.pid}`);
  fs.rmSync(made, { recursive: true, force: true });
  fs.mkdirSync(made);
  try {
    for (const { title, command } of parts) {
      console.error(`injeung: ${title}`);
      const done = spawnSync(process.execPath, command(made), { cwd: ROOT, stdio: 'inherit' });
      if (done.status !== 0) return false;
    }
    const record = readRecord();
    fs.rmSync(RECORD, { force: true });
    fs.mkdirSync(DIST, { recursive: true });
    for (const name of parts.flatMap(({ outputs }) => outputs))
      fs.rmSync(join(DIST, name), { recursive: true, force: true });
    for (const name of fs.readdirSync(made)) fs.renameSync(join(made, name), join(DIST, name));
    for (const [index, { name, outputs }] of parts.entries())
      record[name] = { inputs: inputs[index], outputs: digest(DIST, outputs) };
    fs.writeFileSync(join(made, 'build.json'), JSON.stringify(record));
    fs.renameSync(join(made, 'build.json'), RECORD);
    return true;
  } finally {
    fs.rmSync(made, { recursive: true, force: true });
  }
}

/** Runs one build at a time: two that replace dist/ at once would remove each other's files. */
function oneAtATime(work) {
  for (let waitedMs = 0; !lock(); waitedMs += LOCK_POLL_MS) {
    if (waitedMs === LOCK_SILENT_MS)
      console.error('injeung: waiting for another build; if none is running, remove the file .build-lock');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  }
  try {
    return work();
  } finally {
    fs.rmSync(LOCK, { force: true });
  }
}

/** Whether this process has the lock now. The lock of a build that was killed is removed. */
function lock() {
  try {
    fs.writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    const owner = Number(fs.readFileSync(LOCK, 'utf8'));
    const ageMs = Date.now() - fs.statSync(LOCK).mtimeMs;
    // Another program may have the id of a build that was killed.
    const isOld = ageMs > (owner > 0 ? LOCK_LONGEST_MS : LOCK_EMPTY_LONGEST_MS);
    if (isOld || (owner > 0 && !isRunning(owner))) fs.rmSync(LOCK, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return false;
}

/** Left-overs of builds that were killed. */
function removeLeftovers() {
  for (const name of fs.readdirSync(ROOT)) {
    const [, pid] = /^\.build-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid)))
      fs.rmSync(join(ROOT, name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function main(options) {
  const names = options.filter((option) => !option.startsWith('--'));
  const isStale = (part) => !isCurrent(part) && (names.length === 0 || names.includes(part.name));
  // A package contains its build but no sources.
  const stale = PARTS.filter(hasSources).filter(isStale);
  if (stale.length === 0) return 0;
  if (stale.every(({ command: create }) => fs.existsSync(create('')[0]))) {
    const built = oneAtATime(() => {
      // Another build may have done it meanwhile.
      const left = stale.filter(isStale);
      return left.length === 0 || build(left);
    });
    return built ? 0 : 1;
  }
  const reason = fs.existsSync(RECORD) ? 'the build does not match the sources' : 'the program is not built';
  console.error(notBuilt(`${reason}, and the compiler is not installed`));
  return options.includes('--optional') ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
