import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config/config';
import { SqliteConnection } from '../../src/database/sqlite/sqlite-driver';
import { SCHEMA } from '../../src/app/schema';
import { databaseCheck } from '../../src/doctor/database.check';
import { openDatabase } from '../support/databases';

const SECRET = 'the master secret of the test suite is long enough';
const NOBODY = 65_534;
const PAGE = 4096;
// The tests act as another user, which only root can do.
const asRoot = userInfo().uid === 0 ? describe : describe.skip;

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'injeung-'));
  file = join(directory, 'test.sqlite');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const start = async (path = file): Promise<string> => {
  try {
    await (await openDatabase(`sqlite:${path}`)).close();
    return 'started';
  } catch (error) {
    return (error as Error).message;
  }
};
const examine = async (path = file): Promise<string> => {
  const config = readConfig({ DATABASE_URL: `sqlite:${path}`, INJEUNG_SECRET: SECRET });
  const findings = await databaseCheck(config, SCHEMA).run();
  return findings.map(({ status, message, advice }) => `${status} ${message} -> ${advice}`).join('\n');
};

/** Makes a database with more pages than only the first few. */
async function makeDatabase(): Promise<void> {
  expect(await start()).toBe('started');
  const connection = new SqliteConnection(file);
  const insert = connection.prepare(`INSERT INTO duty (name, holder, due_at) VALUES (?, ?, 0)`);
  for (let row = 0; row < 200; row++) insert.run(`duty ${row}`, 'x'.repeat(500));
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
}

function overwrite(offset: number, length: number): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(length, 0xa5), 0, length, offset);
}

describe('an SQLite file', () => {
  it.each([
    ['in its middle', () => overwrite(20 * PAGE, 8 * PAGE)],
    ['in its first page', () => overwrite(100, PAGE - 100)],
    ['by a cut', () => truncateSync(file, Math.floor(statSync(file).size / PAGE / 2) * PAGE)],
  ])('prevents the start when it is damaged %s: restore a backup', async (_where, damage) => {
    await makeDatabase();
    damage();
    const damaged = /test\.sqlite cannot be used: .*damaged.*restore a backup/;
    expect(await start()).toMatch(damaged);
    expect(await start()).toMatch(/^DATABASE_URL: /);
    expect(await examine()).toMatch(/^FAIL .*damaged.* -> DATABASE_URL: .*restore a backup/);
  });

  it.each([
    ['a text', 'This is not a database, although it is long enough to have a header of one. '.repeat(10)],
    ['a few bytes', 'hello'],
    ['a header alone', 'SQLite format 3\0'.padEnd(PAGE, '\u0001')],
  ])('prevents the start and is not changed when it is not SQLite but %s', async (_what, content) => {
    writeFileSync(file, content);
    const none =
      /test\.sqlite cannot be used: .*(not an SQLite database|damaged).*(another file|restore a backup)/;
    expect(await start()).toMatch(none);
    expect(await examine()).toMatch(/^FAIL .*(not an SQLite database|damaged)/);
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  it('becomes a database when it is empty', async () => {
    writeFileSync(file, '');
    expect(await start()).toBe('started');
  });

  it.each([
    ['a directory', () => directory, /cannot be used: it is a directory; name a file in it/],
    ['a directory, with a slash', () => `${directory}/`, /it is a directory/],
    [
      'in a file',
      () => join(file, 'test.sqlite'),
      /test\.sqlite is not a directory; name a file in a directory/,
    ],
    ['below a file', () => join(file, 'a/b/test.sqlite'), /not a directory|cannot be/],
  ])('cannot be %s', async (_what, path, message) => {
    writeFileSync(file, 'x');
    expect(await start(path())).toMatch(/^DATABASE_URL: /);
    expect(await start(path())).toMatch(message);
    expect(await examine(path())).toMatch(/^FAIL .*cannot be used: /);
  });

  it('leaves no file beside a directory of the same name', async () => {
    const path = join(directory, 'taken');
    mkdirSync(path);
    expect(await start(path)).toMatch(/it is a directory/);
    expect(readdirSync(directory)).toEqual(['taken']);
  });

  it('is created together with its directories', async () => {
    expect(await start(join(directory, 'a/b/c.sqlite'))).toBe('started');
  });

  it('is refused while another program locks it, and the message does not mention a server', async () => {
    await makeDatabase();
    const other = new SqliteConnection(file);
    other.exec('BEGIN EXCLUSIVE');
    const url = `sqlite:${file}`;
    const opening = openDatabase(url, { pool: { size: 1, connectTimeoutMs: 100 } });
    await expect(opening).rejects.toThrow(
      /^DATABASE_URL: .*test\.sqlite cannot be used: another program has locked it; end that program/,
    );
    other.exec('ROLLBACK');
    other.close();
    expect(await start()).toBe('started');
  });
});

describe('the lock file beside an SQLite file', () => {
  it('means that another server is running, and no other error is reported so', async () => {
    const running = await openDatabase(`sqlite:${file}`);
    expect(await start()).toMatch(
      /^DATABASE_URL: .*test\.sqlite is in use by another server; stop that server first/,
    );
    expect(await examine()).toMatch(/^OK /);
    await running.close();
    expect(await start()).toBe('started');
  });

  it.each([
    ['damaged', () => writeFileSync(`${file}.lock`, 'no lock of ours '.repeat(100)), 'damaged'],
    ['a directory', () => mkdirSync(`${file}.lock`), 'a directory'],
  ])('can be removed when it is %s', async (_what, make, what) => {
    make();
    const message = await start();
    expect(message).toMatch(
      new RegExp(
        `^DATABASE_URL: the lock file .*test\\.sqlite\\.lock cannot be used: it is ${what}; remove it`,
      ),
    );
    expect(message).not.toContain('in use');
    rmSync(`${file}.lock`, { recursive: true });
    expect(await start()).toBe('started');
  });
});

asRoot('an SQLite file of another user', () => {
  /** Runs as a user without special permissions. */
  const asNobody = async (work: () => Promise<string>): Promise<string> => {
    process.setegid!(NOBODY);
    process.seteuid!(NOBODY);
    try {
      return await work();
    } finally {
      process.seteuid!(0);
      process.setegid!(0);
    }
  };
  const rights = `belongs to user id 0 with mode \\d+, and the server runs as user id ${NOBODY}`;

  it('is named with its owner when it cannot be written', async () => {
    await makeDatabase();
    for (const path of [directory, `${file}.lock`]) chownSync(path, NOBODY, NOBODY);
    const message = await asNobody(start);
    expect(message).toMatch(
      new RegExp(
        `^DATABASE_URL: .*test\\.sqlite cannot be used: it cannot be written: .*${rights}; make this user`,
      ),
    );
    expect(await asNobody(examine)).toMatch(/^FAIL .*test\.sqlite cannot be used: it cannot be written/);
  });

  it('is named when its lock file cannot be written either', async () => {
    await makeDatabase();
    chmodSync(directory, 0o755);
    const message = await asNobody(start);
    expect(message).toMatch(new RegExp(`^DATABASE_URL: .*test\\.sqlite\\.lock cannot be used: .*${rights}`));
    expect(message).not.toContain('in use');
  });

  it('is named when its directory cannot be read or created', async () => {
    await makeDatabase();
    chmodSync(directory, 0o700);
    expect(await asNobody(start)).toMatch(
      /^DATABASE_URL: .*cannot be used: it cannot be written.*user id 65534/,
    );
    const below = join(directory, 'new/test.sqlite');
    expect(await asNobody(() => start(below))).toMatch(
      /^DATABASE_URL: .*cannot be used: it cannot be written/,
    );
    expect(existsSync(join(directory, 'new'))).toBe(false);
  });
});
