import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { trackClosed, trackOpen } from './open-resources';
import { freePort } from './own-postgres';
import { until } from './until';

const EXAMPLES = join(__dirname, '../../examples');

/** An example as its readers run it: in its own process, with the settings of examples/README.md. */
export class ExampleProcess {
  output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    trackOpen(this, () => this.stop());
  }

  /** Starts an example of `examples/`, and waits until it prints its URL. */
  static async start(
    program: string,
    env: Record<string, string>,
    runtime = process.execPath,
  ): Promise<ExampleProcess> {
    const example = ExampleProcess.spawn(program, { ...env, PORT: String(await freePort()) }, runtime);
    await until(() => (example.output.includes(example.url) ? true : null));
    return example;
  }

  /** Starts an example that may end at once. `env` contains its `PORT`. */
  static spawn(program: string, env: Record<string, string>, runtime = process.execPath): ExampleProcess {
    const child = spawn(runtime, [join(EXAMPLES, program)], { env: { PATH: process.env.PATH!, ...env } });
    return new ExampleProcess(child, `http://127.0.0.1:${env.PORT}`);
  }

  /** Waits for the end of the process. */
  async status(): Promise<number | null> {
    const [status] = (await once(this.child, 'exit')) as [number | null];
    return status;
  }

  stop(): void {
    trackClosed(this);
    this.child.kill();
  }
}
