'use strict';
// Adds up what jest reported: the suites on each version of Node. A run that left no report (it crashed, or was stopped
// for taking too long) counts as one failure.
const { readFileSync } = require('node:fs');

const NO_REPORT = { numPassedTests: 0, numFailedTests: 1, numRuntimeErrorTestSuites: 0, numPendingTests: 0 };

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`no report: ${error.message}`);
    return NO_REPORT;
  }
}

const reports = process.argv.slice(2).map(read);
const sum = (name) => reports.reduce((total, report) => total + report[name], 0);
const failed = sum('numFailedTests') + sum('numRuntimeErrorTestSuites');
console.log(`${sum('numPassedTests')} passed, ${failed} failed, ${sum('numPendingTests')} skipped`);
if (failed > 0) process.exitCode = 1;
