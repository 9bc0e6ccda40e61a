'use strict';

/** How to build where npm has left out the development dependencies, such as with `NODE_ENV=production npm ci`. */
const HOW_TO_BUILD = 'npm ci --include=dev && npm run build && npm prune --omit=dev';

/** The one line for everybody who needs a build and finds none. */
exports.notBuilt = (reason) => `injeung: ${reason}. To build it, run: ${HOW_TO_BUILD}`;
