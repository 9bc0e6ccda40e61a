'use strict';
// `npm run bench`: installs the packages that only the benchmark needs, compiles it and runs it. The product
// must be built.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(join(__dirname, 'node_modules/better-auth'))) run('npm', ['ci', '--prefix', __dirname]);
run(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', __dirname]);
run(process.execPath, [join(__dirname, 'dist/bench/src/main.js'), ...process.argv.slice(2)]);
