import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { trackClosed, trackOpen } from './open-resources';

const DEBIAN = '/usr/lib/postgresql';
const isRoot = userInfo().uid === 0;

/** The programs of PostgreSQL on this machine. Null: tests that stop and start a server cannot run. */
const PROGRAMS = findPrograms();

export const HAS_OWN_POSTGRES = PROGRAMS !== null;

/** A role that must give its password, but only on the socket. */
export const SOCKET_ROLE = { user: 'socket_role', password: 'p@ss/word: %1' };

/**
 * A PostgreSQL server that one test file can stop and start. It listens on TCP and on a socket in `directory`, and
 * offers TLS with test/support/tls.
 */
export class OwnPostgres {
  private constructor(
    readonly directory: string,
    readonly port: number,
  ) {}

  static async start({ tls = false } = {}): Promise<OwnPostgres> {
    const directory = mkdtempSync(join(tmpdir(), 'injeung-postgres-'));
    const server = new OwnPostgres(directory, await freePort());
    if (isRoot) chownSync(directory, ...postgresUser());
    server.run('initdb', '--username=postgres', '--auth=trust', '--no-sync', '-D', server.data);
    const settings = [
      `port = ${server.port}`,
      `listen_addresses = '127.0.0.1,127.0.0.2'`,
      `unix_socket_directories = '${directory}'`,
      'shared_buffers = 16MB',
      'max_connections = 40',
    ];
    if (tls) settings.push('ssl = on', ...server.addCertificate());
    appendFileSync(join(server.data, 'postgresql.conf'), settings.join('\n'));
    const access = readFileSync(server.access, 'utf8');
    writeFileSync(server.access, `local all ${SOCKET_ROLE.user} scram-sha-256\n${access}`);
    trackOpen(server, () => server.close());
    server.up();
    return server;
  }

  /** @param host can be 127.0.0.2, which is not in the certificate. */
  url(parameters = '', host = '127.0.0.1'): string {
    return `postgres://postgres@${host}:${this.port}/postgres${parameters}`;
  }

  up(): void {
    this.run('pg_ctl', 'start', '-w', '-D', this.data, '-l', this.logFile);
  }

  /** Stops the server like a crash: connections are closed, and nothing is written any more. */
  down(): void {
    this.run('pg_ctl', 'stop', '-m', 'immediate', '-w', '-D', this.data);
  }

  /** Crashes the server and starts it again. */
  async restart(): Promise<void> {
    const [file, args] = asPostgres(
      'pg_ctl',
      'restart',
      '-m',
      'immediate',
      '-w',
      '-D',
      this.data,
      '-l',
      this.logFile,
    );
    // `pg_ctl` gives its output to the server, which would keep a pipe open as long as it runs.
    const quiet = ['-c', 'exec "$0" "$@" >/dev/null 2>&1 </dev/null', file, ...args];
    await promisify(execFile)('/bin/sh', quiet, { cwd: this.directory });
  }

  close(): void {
    trackClosed(this);
    try {
      this.down();
    } catch {
      // It is down already.
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Everything that the server has logged. */
  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  private get logFile(): string {
    return join(this.directory, 'log');
  }

  private get access(): string {
    return join(this.data, 'pg_hba.conf');
  }

  private get data(): string {
    return join(this.directory, 'data');
  }

  private addCertificate(): string[] {
    for (const name of ['cert.pem', 'key.pem']) {
      const file = join(this.data, name);
      copyFileSync(join(__dirname, 'tls', name), file);
      chmodSync(file, 0o600);
      if (isRoot) chownSync(file, ...postgresUser());
    }
    return [`ssl_cert_file = 'cert.pem'`, `ssl_key_file = 'key.pem'`];
  }

  private run(program: string, ...args: string[]): void {
    const [file, rest] = asPostgres(program, ...args);
    execFileSync(file, rest, { cwd: this.directory, stdio: 'ignore' });
  }
}

/** Runs a program as another user, because PostgreSQL refuses to run as root. */
function asPostgres(program: string, ...args: string[]): [file: string, args: string[]] {
  const path = join(PROGRAMS!, program);
  return isRoot ? ['runuser', ['-u', 'postgres', '--', path, ...args]] : [path, args];
}

function findPrograms(): string | null {
  const versions = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).map((version) => join(DEBIAN, version, 'bin'))
    : [];
  const places = [...(process.env.PATH ?? '').split(':'), ...versions];
  return (
    places.find((place) => existsSync(join(place, 'initdb')) && existsSync(join(place, 'pg_ctl'))) ?? null
  );
}

function postgresUser(): [number, number] {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return [id('-u'), id('-g')];
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve((address as { port: number }).port));
    });
    probe.on('error', reject);
  });
}
