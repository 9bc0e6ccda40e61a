'use strict';

/** How to build when npm has left out the development dependencies, as with `NODE_ENV=production npm ci`. */
const HOW_TO_BUILD = 'npm ci --include=dev && npm run build && npm prune --omit=dev';

/** The message for every program that needs a build when there is none. */
exports.notBuilt = (reason) => `injeung: ${reason}. To build it, run: ${HOW_TO_BUILD}`;
