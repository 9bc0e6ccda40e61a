import { type ChildProcess, execFileSync, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './own-postgres';
import { until } from './until';
import { trackClosed, trackOpen } from './open-resources';

const ROOT = join(__dirname, '../..');
const PROGRAM = join(ROOT, 'bin/injeung.js');

/** Compiles the program if its sources have changed, for tests that run it as a process. */
export async function buildProgram(): Promise<void> {
  execFileSync(process.execPath, [join(ROOT, 'tools/build.js')]);
}

export interface Ending {
  status: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

export interface ProcessOptions {
  cwd: string;
  env?: Record<string, string>;
  /**
   * The destination of standard output: a socket that the test reads, a socket that nobody reads, or a file descriptor.
   */
  stdout?: 'read' | 'unread' | number;
  /** The destination of standard error: a file descriptor, or else a socket that the test reads. */
  stderr?: number;
  /** A command that runs before the program in the same shell, such as `ulimit -f 100`. */
  shell?: string;
}

/** The program as its users run it: `injeung serve` in a separate process and on a separate port. */
export class ServerProcess {
  /** The compiled program. */
  static readonly program = PROGRAM;
  stdout = '';
  stderr = '';

  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
    private readonly ending: Promise<Ending>,
  ) {}

  static async spawn(options: ProcessOptions): Promise<ServerProcess> {
    const { cwd, env = {}, stdout = 'read', stderr = 'pipe', shell } = options;
    const port = env.PORT ?? String(await freePort());
    const settings = { PATH: process.env.PATH!, SHUTDOWN_DELAY_SECONDS: '0', ...env, PORT: port };
    const program = [process.execPath, ServerProcess.program, 'serve'];
    const command = shell ? ['/bin/sh', '-c', `${shell}; exec "$0" "$@"`, ...program] : program;
    const stdio: StdioOptions = ['ignore', typeof stdout === 'number' ? stdout : 'pipe', stderr];
    const child = spawn(command[0]!, command.slice(1), { cwd, env: settings, stdio });
    // 'close' is not used, because it waits for a standard output that nobody reads.
    const ending: Promise<Ending> = once(child, 'exit').then(([status, signal]) => ({
      status,
      signal,
      stderr: server.stderr,
    }));
    void ending.then(() => trackClosed(server));
    const server = new ServerProcess(child, `http://127.0.0.1:${port}`, ending);
    trackOpen(server, () => server.kill());
    if (stdout === 'read') child.stdout!.on('data', (chunk) => (server.stdout += chunk));
    child.stderr?.on('data', (chunk) => (server.stderr += chunk));
    return server;
  }

  /** Starts a server and waits until it is ready. */
  static async start(options: ProcessOptions): Promise<ServerProcess> {
    const server = await ServerProcess.spawn(options);
    await until(async () => {
      if (server.ended) throw new Error(`the server ended: ${server.stderr}`);
      return (await server.status('/readyz').catch(() => 0)) === 200 ? true : null;
    });
    return server;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The status of an answer to GET. @throws when there is no answer within five seconds. */
  async status(path: string): Promise<number> {
    const response = await fetch(this.url + path, { signal: AbortSignal.timeout(5_000) });
    await response.text();
    return response.status;
  }

  async text(path: string): Promise<string> {
    return (await fetch(this.url + path, { signal: AbortSignal.timeout(5_000) })).text();
  }

  async gql(query: string, headers: Record<string, string> = {}): Promise<any> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
      signal: AbortSignal.timeout(5_000),
    });
    return response.json();
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits for the end, which must come within `limitMs`. A process that runs longer is killed. */
  async endsWithin(limitMs: number): Promise<Ending> {
    const late = pause(limitMs, null, { ref: false });
    const ending = await Promise.race([this.ending, late]);
    if (ending) return ending;
    this.child.kill('SIGKILL');
    throw new Error(`the process did not end within ${limitMs} ms: ${this.stderr}`);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
