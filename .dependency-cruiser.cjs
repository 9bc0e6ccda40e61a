'use strict';
// The allowed directions between the folders of src/, which docs/internals/architecture.md explains. `npm run lint` checks them.

/** The folders that all features are built on. */
const FOUNDATION = ['shared', 'observability', 'database', 'keyring', 'recipients', 'audit', 'limits'];

/**
 * The folders that each folder may use besides itself and packages. A folder names only folders above its own
 * line, so there is no cycle between folders. `app` and `main.ts` may use everything.
 */
const ALLOWED = {
  shared: [],
  observability: ['shared'],
  database: ['shared', 'observability'],
  keyring: ['shared', 'database'],
  recipients: ['shared', 'database', 'keyring'],
  audit: ['shared', 'database'],
  limits: ['shared', 'observability', 'database', 'recipients'],
  channels: ['shared', 'observability', 'database', 'recipients'],
  'sending-domain': [...FOUNDATION, 'channels'],
  events: [...FOUNDATION, 'channels'],
  delivery: [...FOUNDATION, 'channels', 'events'],
  verification: [...FOUNDATION, 'delivery', 'channels', 'events', 'sending-domain'],
  operations: [...FOUNDATION, 'delivery', 'channels', 'events', 'sending-domain'],
  config: [...FOUNDATION, 'channels', 'events', 'verification'],
  doctor: [...FOUNDATION, 'config', 'channels', 'events', 'sending-domain'],
  api: [...FOUNDATION, 'config', 'verification', 'operations', 'sending-domain', 'delivery', 'channels'],
  cli: [...FOUNDATION, 'app', 'config', 'doctor', 'operations', 'channels', 'sending-domain'],
  reference: [...FOUNDATION, 'app', 'config', 'api', 'cli', 'channels'],
};

const FOLDERS = Object.keys(ALLOWED);
for (const [index, folder] of FOLDERS.entries()) {
  const circle = ALLOWED[folder].find((other) => other !== 'app' && FOLDERS.indexOf(other) >= index);
  if (circle !== undefined) throw new Error(`${folder} is declared above ${circle}, which it uses`);
}

const directions = Object.entries(ALLOWED).map(([folder, others]) => ({
  name: `${folder}-uses-only-what-is-below-it`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...others].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...directions,
    {
      name: 'domain-without-frameworks',
      comment: 'Verifications, limits and deliveries know neither GraphQL nor the SDK of a provider.',
      severity: 'error',
      from: { path: '^src/(verification|delivery|limits|recipients|keyring)/' },
      to: { path: 'node_modules/(@?graphql|type-graphql|@apollo|@aws-sdk|nodemailer)' },
    },
    {
      name: 'sources-without-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|tools|examples)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
