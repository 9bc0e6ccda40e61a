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

/** The contract says 15 seconds. The rest is for a loaded machine. */
const LIMIT_MS = 20_000;
/** How long a file may become where it is limited, in bytes. It is more than the database needs. */
const LIMITED_FILE = 61_440 * 512;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** Requests whose log lines fill a pipe and everything that waits for it. */
const MANY = 2_400;

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

/** Two ends of a FIFO: the server writes to one, and this process reads the other when the test says so. */
function makeFifo(): { reader: number; writer: number } {
  const path = join(cwd, 'fifo');
  execFileSync('mkfifo', [path]);
  // Opened one by one: spawning a process makes the writer's own file description blocking.
  const reader = open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: open(path, constants.O_WRONLY) };
}

/** Reads what is in a FIFO now. */
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

/** Makes requests, all of which must be answered; each writes a line to the log. */
async function makeRequests(count: number): Promise<void> {
  const ask = async () => {
    expect((await server!.gql('{ __typename }')).data).toEqual({ __typename: 'Query' });
  };
  for (let made = 0; made < count; made += 20) await Promise.all(Array.from({ length: 20 }, ask));
  expect(await server!.status('/healthz')).toBe(200);
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

/** What every unusable output has in common: the service works, says once that lines are lost, and stops. */
async function worksAndStops(signal: NodeJS.Signals, requests: number): Promise<void> {
  await makeRequests(requests);
  expect(await until(async () => (await linesLost()) || null)).toBeGreaterThan(0);
  server!.signal(signal);
  const { status, stderr } = await server!.endsWithin(LIMIT_MS);
  expect(status).toBe(0);
  expect(notices(stderr)).toEqual([expect.stringContaining('log lines are being lost')]);
}

describe.each(SIGNALS)('the log, until %s,', (signal) => {
  it('does not disturb the service when the disk is full', async () => {
    await start({ stdout: open('/dev/full', 'w') });
    await worksAndStops(signal, 200);
  });

  it('does not disturb the service when its file may not grow', async () => {
    const path = join(cwd, 'log');
    writeFileSync(path, '');
    truncateSync(path, LIMITED_FILE - 2_000);
    await start({ stdout: open(path, 'a'), shell: `ulimit -f ${LIMITED_FILE / 512}` });
    await worksAndStops(signal, 200);
  });

  it.each(['FIFO', 'socket'])(
    'does not disturb the service when nobody reads its %s',
    async (kind) => {
      await start({ stdout: kind === 'FIFO' ? makeFifo().writer : 'unread' });
      await worksAndStops(signal, MANY);
    },
    90_000,
  );

  it('does not disturb the service when its reader has gone', async () => {
    await start({ stdout: 'unread' });
    server!.child.stdout!.destroy();
    await worksAndStops(signal, 100);
  });

  it('does not disturb the service when standard error cannot be written either', async () => {
    await start({ stdout: open('/dev/full', 'w'), stderr: open('/dev/full', 'w') });
    await makeRequests(100);
    expect(await linesLost()).toBeGreaterThan(0);
    server!.signal(signal);
    expect(await server!.endsWithin(LIMIT_MS)).toMatchObject({ status: 0 });
  });
});

it('the log: a second signal ends a process whose log nobody reads', async () => {
  await start({ stdout: makeFifo().writer, env: { SHUTDOWN_DELAY_SECONDS: '300' } });
  await makeRequests(MANY);
  server!.signal('SIGTERM');
  await until(async () => ((await server!.status('/readyz')) === 503 ? true : null));
  server!.signal('SIGTERM');
  expect(await server!.endsWithin(5_000)).toMatchObject({ status: 1 });
}, 60_000);

it('the log: a reader that comes back gets whole lines again, and the number of lost ones', async () => {
  const { reader, writer } = makeFifo();
  await start({ stdout: writer });
  await makeRequests(MANY);
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

it('the log: a file that may grow again gets whole lines again, after the one that was cut off', async () => {
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
  // The lines that say where the pages are, and at most one that was cut off.
  expect(broken.filter((line) => line.startsWith('{')).length).toBeLessThanOrEqual(1);
  expect(broken.every((line) => !line.includes('}{'))).toBe(true);
});

it.each([['read'], ['unread']] as const)(
  'the log: an error that nothing handles is written and ends the process with 1, also when the log is %s',
  async (stdout) => {
    writeFileSync(join(cwd, 'bug.cjs'), `process.on('SIGUSR2', () => { throw new Error('a bug'); })`);
    await start({ stdout, env: { NODE_OPTIONS: '--require ./bug.cjs' } });
    server!.signal('SIGUSR2');
    expect(await server!.endsWithin(LIMIT_MS)).toMatchObject({ status: 1 });
    if (stdout === 'read') expect(server!.stdout).toMatch(/"level":60.*"message":"a bug"/);
  },
);

it('the log: every line is written when the process ends, also to a file', async () => {
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
  it('pretty writes lines for people, and json, the default where there is no terminal, one object a line', async () => {
    await start({ env: { LOG_FORMAT: 'pretty' } });
    server!.signal('SIGTERM');
    await server!.endsWithin(LIMIT_MS);
    expect(server!.stdout).toMatch(/INFO.*: stopping/);
    await start({});
    server!.signal('SIGTERM');
    await server!.endsWithin(LIMIT_MS);
    expect(server!.stdout).toMatch(/^\{"level":30,.*"msg":"stopping"\}$/m);
  });

  it('pretty can stop the service no more than json can', async () => {
    await start({ stdout: open('/dev/full', 'w'), env: { LOG_FORMAT: 'pretty' } });
    await worksAndStops('SIGTERM', 100);
  });

  it('is refused when it is anything else', async () => {
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
