import type Connection from 'better-sqlite3';

/**
 * better-sqlite3 in the version that this Node can run. Version 13 is built on Node-API and wants Node 22; version 12
 * is what Node 20 has, and on Node 24.19 and later it aborts the process when a statement is garbage-collected (the
 * `ObjectWrap` of those Nodes removes a clean-up hook where no environment is current).
 */
function load(): typeof Connection {
  const major = Number(process.versions.node.split('.')[0]);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only one of the two may be loaded
  return (major >= 22 ? require('better-sqlite3-napi') : require('better-sqlite3')) as typeof Connection;
}

export const SqliteConnection = load();
