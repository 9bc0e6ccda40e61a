'use strict';
// Prints the counts of one jest report. A run that left no report (it crashed, or ran out of time) counts as one failure.
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

const report = read(process.argv[2]);
const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
console.log(`${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests} skipped`);
