import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The root of the project, both from the sources and from the compiled files. */
export const ROOT = findRoot(__dirname);

const STARTING_MS = 60_000;
/** How much of its log a failed start shows, in characters. */
const SHOWN_LOG = 4_000;

export interface NodeSettings {
  name: string;
  /** The compiled program that a node runs. */
  entry: string;
  cwd: string;
  port: number;
  env: Record<string, string>;
  /** The file to which all its processes log. */
  log: string;
}

/** One node: a process of the real program that can be killed, stopped and started again on its port. */
export class ServerNode {
  private child: ChildProcess | null = null;
  stopped = false;
  /** It reported that its settings are wrong, so another start would fail as well. */
  private misused = false;

  constructor(readonly settings: NodeSettings) {}

  get name(): string {
    return this.settings.name;
  }

  get url(): string {
    return `http://127.0.0.1:${this.settings.port}`;
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Whether it was started and can answer, as far as its parent process knows. */
  get running(): boolean {
    return this.child !== null && !this.stopped;
  }

  /** Starts it, repeatedly while its database is down, and waits until it is ready. */
  async start(): Promise<void> {
    const end = performance.now() + STARTING_MS;
    while (performance.now() < end && !this.misused) {
      this.child ??= this.spawn();
      if (await this.ready()) return;
      await pause(50);
    }
    const log = readFileSync(this.settings.log, 'utf8').slice(-SHOWN_LOG);
    throw new Error(`${this.name} did not start:\n${log}`);
  }

  async kill(): Promise<void> {
    const child = this.child;
    if (!child) return;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  stop(): void {
    this.stopped = true;
    this.child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.child?.kill('SIGCONT');
    this.stopped = false;
  }

  /** Moves its wall clock by this offset. */
  moveClock(offsetMs: number): void {
    if (this.child?.connected) this.child.send({ offsetMs });
  }

  /** Makes it collect garbage, so that its heap shows what is really in use. */
  collectGarbage(): void {
    if (this.child?.connected) this.child.send({ collect: true });
  }

  async shutDown(): Promise<void> {
    const child = this.child;
    if (!child) return;
    if (this.stopped) this.goOn();
    child.kill('SIGTERM');
    const deadline = AbortSignal.timeout(20_000);
    await once(child, 'exit', { signal: deadline }).catch(() => this.kill());
  }

  private async ready(): Promise<boolean> {
    const signal = AbortSignal.timeout(2_000);
    const answer = await fetch(`${this.url}/readyz`, { signal }).catch(() => null);
    await answer?.body?.cancel();
    return answer?.status === 200;
  }

  private spawn(): ChildProcess {
    const { entry, cwd, port, env, log } = this.settings;
    const output = openSync(log, 'a');
    const seam = join(ROOT, 'tools/campaign/node-seam.cjs');
    const child = spawn(process.execPath, ['--expose-gc', '--require', seam, entry, 'serve'], {
      cwd,
      env: { PATH: process.env.PATH ?? '', PORT: String(port), ...env },
      stdio: ['ignore', output, output, 'ipc'],
    });
    closeSync(output);
    child.on('error', () => undefined);
    child.on('exit', (code) => {
      this.misused = code === 2;
      if (this.child === child) this.child = null;
    });
    return child;
  }
}

function findRoot(directory: string): string {
  return existsSync(join(directory, 'bin/injeung.js')) ? directory : findRoot(dirname(directory));
}
