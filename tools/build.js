'use strict';
// Compiles src/ into dist/, unless dist/ is already the result of exactly these sources.
//
//   node tools/build.js              fails when it has to compile and TypeScript is not installed
//   node tools/build.js --optional   prints how to build in this case, and succeeds. npm's `prepare` uses it, because
//                                    it also runs when an operator installs without development dependencies.
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
const COMPILER = join(ROOT, 'node_modules/typescript/bin/tsc');
/** package.json contains the version of the compiler. */
const INPUTS = [
  'src',
  'ormconfig.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'tools/build.js',
];
/** Not the whole of dist/, because the programs of tools/ are compiled into it too. */
const OUTPUTS = ['src', 'ormconfig.js', 'ormconfig.js.map', 'package.json'];

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

function isCurrent() {
  try {
    const record = JSON.parse(fs.readFileSync(RECORD, 'utf8'));
    return record.inputs === digest(ROOT, INPUTS) && record.outputs === digest(DIST, OUTPUTS);
  } catch {
    // There is no record, or another build is replacing files now.
    return false;
  }
}

/**
 * Compiles beside dist/ and moves the result there at the end. So a failed or interrupted build leaves the
 * old one unchanged. The folder has the same depth as dist/, because source maps contain relative paths.
 */
function build() {
  const inputs = digest(ROOT, INPUTS);
  removeLeftovers();
  const made = join(ROOT, `.build-${process.pid}`);
  fs.rmSync(made, { recursive: true, force: true });
  try {
    const options = ['-p', 'tsconfig.build.json', '--outDir', made];
    const compiled = spawnSync(process.execPath, [COMPILER, ...options], { cwd: ROOT, stdio: 'inherit' });
    if (compiled.status !== 0) return false;
    fs.rmSync(RECORD, { force: true });
    fs.mkdirSync(DIST, { recursive: true });
    for (const name of OUTPUTS) fs.rmSync(join(DIST, name), { recursive: true, force: true });
    for (const name of fs.readdirSync(made)) fs.renameSync(join(made, name), join(DIST, name));
    fs.writeFileSync(join(made, 'build.json'), JSON.stringify({ inputs, outputs: digest(DIST, OUTPUTS) }));
    fs.renameSync(join(made, 'build.json'), RECORD);
    return true;
  } finally {
    fs.rmSync(made, { recursive: true, force: true });
  }
}

/** Runs one build at a time: two that replace dist/ at once would remove each other's files. */
function oneAtATime(work) {
  while (!lock()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
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
    // A lock without an owner was created a moment ago.
    if (owner > 0 && !isRunning(owner)) fs.rmSync(LOCK, { force: true });
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

function main([mode]) {
  if (isCurrent()) return 0;
  // A package contains its build but no sources.
  if (fs.existsSync(RECORD) && !fs.existsSync(join(ROOT, 'src'))) return 0;
  if (fs.existsSync(COMPILER)) {
    const built = oneAtATime(() => {
      // Another build may have done it meanwhile.
      if (isCurrent()) return true;
      console.error('injeung: compiling the sources');
      return build();
    });
    return built ? 0 : 1;
  }
  const stale = fs.existsSync(RECORD) ? 'the build does not match the sources' : 'the program is not built';
  console.error(notBuilt(`${stale}, and the compiler is not installed`));
  return mode === '--optional' ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
