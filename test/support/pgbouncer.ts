import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './own-postgres';
import { until } from './until';
import { trackClosed, trackOpen } from './open-resources';

/** On Debian the program is in a directory that is only in root's PATH. */
const PROGRAM = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  .map((place) => join(place, 'pgbouncer'))
  .find((path) => existsSync(path));

export const HAS_PGBOUNCER = PROGRAM !== undefined;

/** A PgBouncer in front of a PostgreSQL server, on 127.0.0.1, for one test. */
export class PgBouncer {
  private constructor(
    private readonly directory: string,
    private readonly process: ChildProcess,
    readonly port: number,
  ) {}

  /** @param settings lines of the section [pgbouncer], such as `pool_mode = session`. */
  static async start(postgresPort: number, settings: readonly string[]): Promise<PgBouncer> {
    const directory = mkdtempSync(join(tmpdir(), 'injeung-pgbouncer-'));
    const file = (name: string) => join(directory, name);
    const port = await freePort();
    writeFileSync(file('users.txt'), '"postgres" ""\n');
    const lines = [
      '[databases]',
      `* = host=127.0.0.1 port=${postgresPort}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = trust',
      `auth_file = ${file('users.txt')}`,
      `logfile = ${file('log')}`,
      ...settings,
    ];
    writeFileSync(file('pgbouncer.ini'), lines.join('\n'));
    writeFileSync(file('log'), '');
    const user = unprivileged();
    if (user) for (const name of ['.', 'log']) chownSync(file(name), user.uid, user.gid);
    const child = spawn(PROGRAM!, ['--quiet', file('pgbouncer.ini')], { stdio: 'ignore', ...user });
    const pooler = new PgBouncer(directory, child, port);
    trackOpen(pooler, () => pooler.close());
    await until(() => (/listening on/.test(readFileSync(file('log'), 'utf8')) ? true : null));
    return pooler;
  }

  url(parameters = ''): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres${parameters}`;
  }

  async close(): Promise<void> {
    trackClosed(this);
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
      await once(this.process, 'exit');
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** PgBouncer refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
