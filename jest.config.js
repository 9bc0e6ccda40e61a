/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // test/e2e is long, so it has a configuration and a script of its own.
  roots: [
    '<rootDir>/test/unit',
    '<rootDir>/test/integration',
    '<rootDir>/tools',
    '<rootDir>/packages/client/test/client',
  ],
  testMatch: ['**/*.test.ts'],
  setupFiles: ['reflect-metadata', '<rootDir>/src/channels/ses/quiet-aws-sdk.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/support/close-leftovers.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  // A test mostly waits for databases and processes, so every core gets a worker.
  maxWorkers: '100%',
  testTimeout: 30_000,
  // TypeScript requires the extension of the compiled file in `import()`.
  moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': '$1' },
  // These packages contain ES modules only, and jest runs CommonJS. graphql-codegen uses auto-bind.
  transformIgnorePatterns: ['/node_modules/(?!(auto-bind|jose|postal-mime)/)'],
  transform: {
    '\\.[jt]s$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          target: 'es2022',
        },
        module: { type: 'commonjs' },
      },
    ],
  },
};
