const base = require('./jest.config.js');

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  roots: ['<rootDir>/packages/client/test/browser', '<rootDir>/web/test'],
  globalSetup: '<rootDir>/packages/client/test/browser/global-setup.ts',
  // Each worker has a browser, and a browser needs more than one core.
  maxWorkers: 1,
  testTimeout: 60_000,
};
