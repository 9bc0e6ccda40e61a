'use strict';
// Adds up what jest reported: the suites on each version of Node.
const reports = process.argv
  .slice(2)
  .map((file) => JSON.parse(require('node:fs').readFileSync(file, 'utf8')));
const sum = (name) => reports.reduce((total, report) => total + report[name], 0);
const failed = sum('numFailedTests') + sum('numRuntimeErrorTestSuites');
console.log(`${sum('numPassedTests')} passed, ${failed} failed, ${sum('numPendingTests')} skipped`);
