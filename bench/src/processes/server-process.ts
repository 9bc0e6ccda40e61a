import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuMs, memoryMb } from './proc';
import { anywhere, pinned, SERVER_CORE } from './pinning';

const START_TIMEOUT_MS = 30_000;
const CHECK_EVERY_MS = 2;

export interface Program {
  script: string;
  args?: readonly string[];
  env: Record<string, string>;
  nodeOptions?: readonly string[];
  unpinned?: boolean;
}

/** A server in its own process, pinned to the core of the servers. */
export class ServerProcess {
  private errors = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    /** From the start of the process until it accepted a connection, in milliseconds. */
    readonly startMs: number,
  ) {}

  /** @throws Error with what the program wrote to standard error when it does not start. */
  static async start({
    script,
    args = [],
    env,
    nodeOptions = [],
    unpinned,
  }: Program): Promise<ServerProcess> {
    const port = await freePort();
    const place = unpinned ? anywhere() : pinned(SERVER_CORE);
    const [file, ...rest] = [...place, process.execPath, ...nodeOptions, script, ...args];
    const startedAt = performance.now();
    const child = spawn(file!, rest, {
      env: { PATH: process.env.PATH, ...env, PORT: String(port) },
      // The log is not read, but writing it is part of the server's work.
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
    while (!(await accepts(port))) {
      if (child.exitCode !== null || performance.now() - startedAt > START_TIMEOUT_MS) {
        child.kill('SIGKILL');
        throw new Error(`${script} did not start: ${errors}`);
      }
      await pause(CHECK_EVERY_MS);
    }
    const server = new ServerProcess(child, port, performance.now() - startedAt);
    child.stderr.on(
      'data',
      (chunk: Buffer) => (server.errors = (server.errors + chunk.toString()).slice(-4_000)),
    );
    return server;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** User and system time so far, in milliseconds. */
  cpuMs(): number {
    return cpuMs(this.pid);
  }

  memoryMb(): number {
    return memoryMb(this.pid);
  }

  /** @throws Error when it had ended before it was asked to. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null) throw new Error(`a server ended by itself: ${this.errors}`);
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(timer);
  }

  /** Kills the process at once, because the benchmark has failed. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
