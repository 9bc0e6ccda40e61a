import type Connection from 'better-sqlite3';

/**
 * Loads the version of better-sqlite3 that works with the running version of Node. Version 13 uses Node-API and
 * requires Node 22. Version 12 works with Node 20, but on Node 24.19 and later it aborts the process when a statement
 * is garbage-collected, because `ObjectWrap` then removes a clean-up hook while no environment is current.
 */
function load(): typeof Connection {
  const major = Number(process.versions.node.split('.')[0]);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only one of the two may be loaded
  return (major >= 22 ? require('better-sqlite3-napi') : require('better-sqlite3')) as typeof Connection;
}

export const SqliteConnection = load();
