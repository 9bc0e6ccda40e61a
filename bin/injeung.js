#!/usr/bin/env node
'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { notBuilt } = require('./not-built.js');

const DIST = join(__dirname, '../dist');

/** Loads the compiled program, or says in one line what is missing. */
function main() {
  // tools/build.js writes build.json last, so an interrupted build counts as no build.
  if (!existsSync(join(DIST, 'build.json'))) return fail(notBuilt('the program is not built'));
  try {
    require(join(DIST, 'src/main.js'));
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    fail(`injeung: ${error.message.split('\n')[0]}. To install what the program depends on, run: npm ci`);
  }
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}

main();
