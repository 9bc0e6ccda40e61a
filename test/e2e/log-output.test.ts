import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram, type ProcessOptions, ServerProcess } from '../support/server-process';
import { until } from '../support/until';

/** The contract allows 15 seconds. The rest is a margin for a slow machine. */
const LIMIT_MS = 20_000;
/** The limit on the size of a file, in bytes. The database needs less. */
const LIMITED_FILE = 61_440 * 512;
/** Number of LONG requests whose log lines fill a pipe and all buffers before it. */
const MANY = 600;
const SHORT = '{ __typename }';
/** A document whose log line is long, because the line names each of its operations. */
const LONG = `{ ${Array.from({ length: 20 }, (_, n) => `v${n}: verification(id: "x") { id }`).join(' ')} }`;

let cwd: string;
let server: ServerProcess | null;
let descriptors: number[];
beforeAll(buildProgram, 180_000);
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'injeung-'));
  server = null;
  descriptors = [];
});
afterEach(() => {
  server?.kill();
  descriptors.forEach((descriptor) => closeSync(descriptor));
  rmSync(cwd, { recursive: true, force: true });
});

const start = async (options: Partial<ProcessOptions>) =>
  (server = await ServerProcess.start({ cwd, ...options }));

function open(path: string, flags: string | number): number {
  const descriptor = openSync(path, flags);
  descriptors.push(descriptor);
  return descriptor;
}

/** Opens both ends of a FIFO. The server writes to one, and the test reads the other when it chooses to. */
function makeFifo(): { reader: number; writer: number } {
  const path = join(cwd, 'fifo');
  execFileSync('mkfifo', [path]);
  // The ends are opened one by one, because spawning a process makes the file description of the writer blocking.
  const reader = open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: open(path, constants.O_WRONLY) };
}

/** Reads everything that a FIFO contains now. */
function readAll(reader: number): string {
  const chunks: Buffer[] = [];
  try {
    for (;;) {
      const chunk = Buffer.alloc(65_536);
      chunks.push(chunk.subarray(0, readSync(reader, chunk)));
    }
  } catch (error) {
    expect(error).toMatchObject({ code: 'EAGAIN' });
  }
  return Buffer.concat(chunks).toString();
}

/** Makes requests, which must all be answered. Each writes a line to the log. */
async function makeRequests(count: number, document = SHORT): Promise<null> {
  const ask = async () => {
    expect((await server!.gql(document)).errors).toBeUndefined();
  };
  for (let made = 0; made < count; made += 20) await Promise.all(Array.from({ length: 20 }, ask));
  expect(await server!.status('/healthz')).toBe(200);
  return null;
}

async function linesLost(): Promise<number> {
  return Number(/^injeung_log_lines_lost_total (\d+)$/m.exec(await server!.text('/metrics'))![1]);
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

const notices = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('injeung: '));

/** Checks what holds for every unusable output: the service works, reports once that lines are lost, and stops. */
async function worksAndStops(
  requests: number,
  { document = SHORT, signal = 'SIGTERM' }: { document?: string; signal?: NodeJS.Signals } = {},
): Promise<void> {
  await makeRequests(requests, document);
  // A socket holds more than a pipe, and how much depends on the operating system.
  await until(async () => ((await linesLost()) > 0 ? true : await makeRequests(20, document)));
  server!.signal(signal);
  const { status, stderr } = await server!.endsWithin(LIMIT_MS);
  expect(status).toBe(0);
  expect(notices(stderr)).toEqual([expect.stringContaining('log lines are being lost')]);
}

describe('the log', () => {
  it('does not disturb the service when the disk is full', async () => {
    await start({ stdout: open('/dev/full', 'w') });
    await worksAndStops(200);
  });

  it('does not disturb the service when the size limit of its file is reached', async () => {
    const path = join(cwd, 'log');
    writeFileSync(path, '');
    truncateSync(path, LIMITED_FILE - 2_000);
    await start({ stdout: open(path, 'a'), shell: `ulimit -f ${LIMITED_FILE / 512}` });
    await worksAndStops(200);
  });

  it.each([
    ['FIFO', 'SIGTERM'],
    ['FIFO', 'SIGINT'],
    ['socket', 'SIGTERM'],
  ] as const)(
    'disturbs neither the service when nobody reads its %s, nor the stop by %s',
    async (kind, signal) => {
      await start({ stdout: kind === 'FIFO' ? makeFifo().writer : 'unread' });
      await worksAndStops(MANY, { document: LONG, signal });
    },
    90_000,
  );

  it('does not disturb the service when its reader has exited', async () => {
    await start({ stdout: 'unread' });
    server!.child.stdout!.destroy();
    await worksAndStops(100);
  });

  it('does not disturb the service when standard error cannot be written either', async () => {
    await start({ stdout: open('/dev/full', 'w'), stderr: open('/dev/full', 'w') });
    await makeRequests(100);
    expect(await linesLost()).toBeGreaterThan(0);
    server!.signal('SIGTERM');
    expect(await server!.endsWithin(LIMIT_MS)).toMatchObject({ status: 0 });
  });
});

it('the log: a second signal ends a process whose log nobody reads', async () => {
  await start({ stdout: makeFifo().writer, env: { SHUTDOWN_DELAY_SECONDS: '300' } });
  await makeRequests(MANY, LONG);
  server!.signal('SIGTERM');
  await until(async () => ((await server!.status('/readyz')) === 503 ? true : null));
  server!.signal('SIGTERM');
  expect(await server!.endsWithin(5_000)).toMatchObject({ status: 1 });
}, 60_000);

it('the log: a reader that continues after a pause gets whole lines and the number of lost lines', async () => {
  const { reader, writer } = makeFifo();
  await start({ stdout: writer });
  await makeRequests(MANY, LONG);
  const lost = await until(async () => (await linesLost()) || null);
  let text = '';
  await until(() => ((text += readAll(reader)).includes('log lines were lost') ? true : null));
  await makeRequests(20);
  server!.signal('SIGTERM');
  await server!.endsWithin(LIMIT_MS);
  text += readAll(reader);
  expect(text).toContain('"msg":"stopping"');
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  const found = lines.map((line) => JSON.parse(line)).find(({ lines: count }) => count !== undefined);
  expect(found).toMatchObject({ level: 40, lines: lost });
}, 90_000);

it('the log: after its size limit is lifted, a file gets whole lines again, after the line that was cut off', async () => {
  const path = join(cwd, 'log');
  writeFileSync(path, '');
  truncateSync(path, LIMITED_FILE - 2_000);
  await start({ stdout: open(path, 'a'), shell: `ulimit -S -f ${LIMITED_FILE / 512}` });
  await makeRequests(100);
  await until(async () => (await linesLost()) || null);
  execFileSync('prlimit', ['--pid', String(server!.child.pid), '--fsize=unlimited:']);
  await makeRequests(20);
  server!.signal('SIGTERM');
  await server!.endsWithin(LIMIT_MS);
  const text = readFileSync(path)
    .subarray(LIMITED_FILE - 2_000)
    .toString();
  expect(text.trim()).toMatch(/log lines were lost before this one/);
  const broken = text.split('\n').filter((line) => line !== '' && !isJson(line));
  // The lines with the addresses of the pages, and at most one line that was cut off.
  expect(broken.filter((line) => line.startsWith('{')).length).toBeLessThanOrEqual(1);
  expect(broken.every((line) => !line.includes('}{'))).toBe(true);
});

it.each([['read'], ['unread']] as const)(
  'the log: an unhandled error is written and ends the process with status 1, also when the log is %s',
  async (stdout) => {
    writeFileSync(join(cwd, 'bug.cjs'), `process.on('SIGUSR2', () => { throw new Error('a bug'); })`);
    await start({ stdout, env: { NODE_OPTIONS: '--require ./bug.cjs' } });
    server!.signal('SIGUSR2');
    expect(await server!.endsWithin(LIMIT_MS)).toMatchObject({ status: 1 });
    if (stdout === 'read') expect(server!.stdout).toMatch(/"level":60.*"message":"a bug"/);
  },
);

it('the log: every line is written before the process ends, also when the log is a file', async () => {
  const path = join(cwd, 'log');
  await start({ stdout: open(path, 'a') });
  await makeRequests(40);
  server!.signal('SIGTERM');
  await server!.endsWithin(LIMIT_MS);
  const log = readFileSync(path, 'utf8');
  expect(log.match(/"msg":"request"/g)!.length).toBeGreaterThanOrEqual(40);
  expect(log).toContain('"msg":"stopping"');
});

describe('LOG_FORMAT', () => {
  it('pretty writes readable lines, and json, the default without a terminal, writes one object per line', async () => {
    await start({ env: { LOG_FORMAT: 'pretty' } });
    server!.signal('SIGTERM');
    await server!.endsWithin(LIMIT_MS);
    expect(server!.stdout).toMatch(/INFO.*: stopping/);
    await start({});
    server!.signal('SIGTERM');
    await server!.endsWithin(LIMIT_MS);
    expect(server!.stdout).toMatch(/^\{"level":30,.*"msg":"stopping"\}$/m);
  });

  it('pretty does not stop the service when its output is unusable, just as json', async () => {
    await start({ stdout: open('/dev/full', 'w'), env: { LOG_FORMAT: 'pretty' } });
    await worksAndStops(100);
  });

  it('is refused with any other value', async () => {
    server = await ServerProcess.spawn({ cwd, env: { LOG_FORMAT: 'xml' } });
    const { status, stderr } = await server.endsWithin(LIMIT_MS);
    expect(status).toBe(2);
    expect(stderr).toContain('LOG_FORMAT: ');
  });
});

it.each([
  ['a reader that has gone', () => 'iam-policy smtp | true'],
  ['a full disk', () => 'iam-policy smtp >/dev/full'],
])('a command ends without a stack trace at %s', async (_case, command) => {
  const program = `"${process.execPath}" ${ServerProcess.program} ${command()}`;
  const script = `set -o pipefail; ${program}`;
  let stderr = '';
  try {
    execFileSync('/bin/bash', ['-c', script], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    ({ stderr } = error as { stderr: string });
    expect(error).toMatchObject({ status: 1 });
  }
  expect(stderr).not.toMatch(/^\s+at /m);
});
