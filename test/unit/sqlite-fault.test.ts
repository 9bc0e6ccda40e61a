import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteFault } from '../../src/database/sqlite/sqlite-fault';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'injeung-'))));
afterEach(() => rmSync(directory, { recursive: true }));

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('it did not throw');
}

describe('an SQLite driver', () => {
  const notCompiled = /^the SQLite driver is not compiled for Node v[\d.]+$/;

  it('that was installed without scripts is reported in one line with the command that compiles it', () => {
    const bindings = jest.requireActual<(options: object) => unknown>('bindings');
    const error = errorOf(() => bindings({ bindings: 'missing.node', module_root: directory }));
    const fault = sqliteFault('data/injeung.sqlite', error);
    expect(fault.fault).toMatch(notCompiled);
    expect(fault.advice).toContain('npm rebuild better-sqlite3');
  });

  it('that was compiled for another version of Node is reported in the same way', () => {
    const file = join(directory, 'driver.node');
    writeFileSync(file, 'compiled for another machine');
    const error = errorOf(() => process.dlopen({ exports: {} }, file));
    expect(sqliteFault('data/injeung.sqlite', error).fault).toMatch(notCompiled);
  });
});
