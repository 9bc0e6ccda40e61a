const base = require('./jest.config.js');

/**
 * The long suites: the program as a process, and messages that pass through all providers.
 *
 * @type {import('jest').Config}
 */
module.exports = { ...base, roots: ['<rootDir>/test/e2e'] };
