import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createPublicKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeSes } from '../support/fake-ses';
import { until } from '../support/until';

const ROOT = join(__dirname, '../..');
const BIN = join(ROOT, 'bin/injeung.js');

beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'tools/build.js')]);
}, 120_000);

/** The program, run in the same way as by its users. */
class Server {
  output = '';
  url = '';

  private constructor(readonly process: ChildProcess) {
    process.stdout!.on('data', (chunk) => (this.output += chunk));
    process.stderr!.on('data', (chunk) => (this.output += chunk));
  }

  static async start(cwd: string, env: Record<string, string> = {}): Promise<Server> {
    const clean = { PATH: process.env.PATH!, PORT: '0', SHUTDOWN_DELAY_SECONDS: '0', ...env };
    const server = new Server(spawn(process.execPath, [BIN, 'serve'], { cwd, env: clean }));
    server.url = await until(() => /listening on (http:\S+)\/graphql/.exec(server.output)?.[1] ?? null);
    return server;
  }

  async gql(query: string): Promise<any> {
    const body = JSON.stringify({ query });
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    return response.json();
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode === null) {
      this.process.kill(signal);
      await once(this.process, 'exit');
    }
    return this.process.exitCode;
  }
}

/** Runs outside the repository, because a developer may have a file .env in the repository. */
const run = (args: string[], env: Record<string, string> = {}, input = '', cwd = tmpdir()) =>
  spawnSync(process.execPath, [BIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH!, ...env },
    input,
    encoding: 'utf8',
  });

describe('the server as a process', () => {
  let cwd: string;
  beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'injeung-'))));
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  it('starts without any setting, prints the addresses of its pages, and ends with status 0 at SIGTERM', async () => {
    const server = await Server.start(cwd);
    expect(server.output).toContain(`Injeung is listening on ${server.url}/graphql\n`);
    expect(server.output).toMatch(
      /Start {4}http.*:\d+\/\n {2}Demo {5}http.*\/demo\n {2}Sandbox {2}http.*\/graphql\n {2}Inbox {4}http.*\/inbox\n/,
    );
    expect(server.output).not.toContain('Warning');
    const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('Apollo Sandbox');
    expect((await fetch(`${server.url}/demo`)).status).toBe(200);
    expect((await fetch(`${server.url}/inbox`)).status).toBe(200);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('injeung_queue_depth 0');
    expect(await server.stop()).toBe(0);
  });

  it('answers readyz with 503 while it drains, and still answers requests', async () => {
    const server = await Server.start(cwd, { SHUTDOWN_DELAY_SECONDS: '2' });
    server.process.kill('SIGTERM');
    await until(async () => ((await fetch(`${server.url}/readyz`)).status === 503 ? true : null));
    expect((await server.gql('{ __typename }')).data).toEqual({ __typename: 'Query' });
    await once(server.process, 'exit');
    expect(server.process.exitCode).toBe(0);
  });

  it('refuses to start when another server uses the same database file', async () => {
    const server = await Server.start(cwd);
    const second = spawnSync(process.execPath, [BIN, 'serve'], {
      cwd,
      env: { PATH: process.env.PATH!, PORT: '0' },
      encoding: 'utf8',
    });
    expect(second.status).toBe(1);
    expect(second.stderr).toContain('in use by another server');
    await server.stop();
  });

  it('sends a message that was accepted but not sent before a SIGKILL', async () => {
    const ses = await FakeSes.start();
    const env = { EMAIL_PROVIDER: 'ses', EMAIL_FROM: 'verify@example.com', ...ses.environment };
    ses.answerAlways({ delayMs: 60_000 });
    const server = await Server.start(cwd, env);
    const { data } = await server.gql(
      'mutation { requestEmailCode(input: { email: "survivor@example.com" }) { id } }',
    );
    expect(data.requestEmailCode.id).toHaveLength(24);
    await server.stop('SIGKILL');
    expect(ses.messages).toHaveLength(0);
    ses.answerAlways(null);
    const again = await Server.start(cwd, env);
    const [message] = await until(() => (ses.messages.length > 0 ? ses.messages : null));
    expect(message!.to).toBe('survivor@example.com');
    await again.stop();
    await ses.close();
  }, 60_000);

  it('has no Sandbox, inbox or introspection in production', async () => {
    const server = await Server.start(cwd, {
      NODE_ENV: 'production',
      INJEUNG_SECRET: 'a master secret that is long enough for it',
      EMAIL_PROVIDER: 'smtp',
      SMTP_URL: 'smtps://mail.example.com',
      EMAIL_FROM: 'verify@example.com',
      SMS_PROVIDER: 'sens',
      SENS_SERVICE_ID: 'ncp:sms:kr:1:x',
      SENS_ACCESS_KEY: 'x',
      SENS_SECRET_KEY: 'x',
      SENS_FROM: '0212345678',
    });
    expect(server.output).not.toMatch(/Sandbox|Start|Inbox/);
    expect((await fetch(`${server.url}/inbox`)).status).toBe(404);
    expect(
      await (await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } })).text(),
    ).not.toContain('RequestCode');
    const { data, errors } = await server.gql('{ __schema { types { name } } }');
    expect(data).toBeUndefined();
    for (const { message } of errors!) expect(message).toMatch(/introspection has been disabled/);
    const typo = await server.gql('{ verificatio(id: "x") { id } }');
    expect(JSON.stringify(typo)).not.toContain('Did you mean');
    await server.stop();
  });
});

describe('the doctor as a process', () => {
  let cwd: string;
  beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'injeung-'))));
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  const doctor = (args: string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [BIN, 'doctor', ...args], {
      cwd,
      env: { PATH: process.env.PATH!, ...env },
      encoding: 'utf8',
    });

  it('checks the set-up while the server runs, and changes nothing', async () => {
    const server = await Server.start(cwd);
    const { status, stdout, stderr } = doctor([]);
    expect([status, stderr]).toEqual([0, '']);
    for (const line of [
      /^WARN {2}settings {4}NODE_ENV is not production -> set NODE_ENV=production/m,
      /^OK {4}database {4}sqlite:data\/injeung.sqlite can be read$/m,
      /^OK {4}migrations {2}all migrations are applied$/m,
      /^OK {4}keyring {5}the master secret decrypts the keyring$/m,
      /^5 OK, 2 WARN, 0 FAIL$/m,
    ])
      expect(stdout).toMatch(line);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });

  it('ends with status 1 and creates nothing when a check fails', () => {
    const { status, stdout } = doctor(['--json'], {
      EMAIL_PROVIDER: 'smtp',
      SMTP_URL: 'smtp://127.0.0.1:1',
      EMAIL_FROM: 'verify@example.com',
    });
    expect(status).toBe(1);
    const { ok, findings } = JSON.parse(stdout);
    expect(ok).toBe(false);
    const smtp = findings.filter(({ check }: { check: string }) => check === 'SMTP');
    expect(smtp).toEqual([
      {
        check: 'SMTP',
        status: 'FAIL',
        message: expect.stringContaining('127.0.0.1:1'),
        advice: expect.any(String),
      },
    ]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('ends with status 2 when it is misused or when settings cannot be used, and names every such setting', () => {
    const { status, stdout } = doctor([], { PORT: 'x', MAX_ATTEMPTS: '0' });
    expect(status).toBe(2);
    expect(stdout).toMatch(/^FAIL {2}settings {2}PORT: .*\nFAIL {2}settings {2}MAX_ATTEMPTS: /);
    expect(doctor(['--all']).status).toBe(2);
  });
});

describe('the file .env', () => {
  let cwd: string;
  beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'injeung-'))));
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));
  const write = (text: string) => writeFileSync(join(cwd, '.env'), text);

  it('sets the variables that are not exported when it is in the working directory', async () => {
    write('PORT=1\nSMS_PROVIDER=none\n');
    const server = await Server.start(cwd);
    expect(server.output).toContain('Inbox');
    const { errors } = await server.gql(
      'mutation { requestSmsCode(input: { phoneNumber: "010-1234-5678" }) { id } }',
    );
    expect(errors[0].extensions.code).toBe('CHANNEL_UNAVAILABLE');
    expect(await server.stop()).toBe(0);
  });

  it('is not read when NODE_ENV=production is exported, and makes a production server when it sets NODE_ENV itself', () => {
    write('NODE_ENV=production\nPORT=x\n');
    const honoured = run(['serve'], {}, '', cwd);
    expect(honoured.status).toBe(2);
    for (const variable of ['PORT', 'INJEUNG_SECRET']) expect(honoured.stderr).toContain(`${variable}: `);
    const exported = run(['serve'], { NODE_ENV: 'production' }, '', cwd);
    expect(exported.status).toBe(2);
    expect(exported.stderr).not.toContain('PORT: ');
    expect(run(['serve'], { NODE_ENV: 'test' }, '', cwd).stderr).not.toContain('INJEUNG_SECRET: ');
  });

  it('is read by every command', () => {
    write('AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\nMAX_ATTEMPTS=0\n');
    const password = run(['smtp-password', '--region', 'ap-northeast-2'], {}, '', cwd);
    expect(password.stdout).toBe('BFrwSu3BsGr8nvY2bDCyObUpnNCGFtmAY0j+5nSYn0ZQ\n');
    expect(run(['doctor'], {}, '', cwd).stdout).toContain('MAX_ATTEMPTS: ');
  });

  it.each([
    ['serve'],
    ['doctor'],
    ['smtp-password', '--region', 'us-east-1'],
    ['iam-policy'],
    ['dkim-key', '--domain', 'a.com'],
  ])(
    'makes `%s %s %s` exit with status 2 when it cannot be read, with its name but not its content',
    (...args) => {
      write('PORT=0\nINJEUNG_SECRET="secret that is never closed\n');
      const misused = run(args.filter(Boolean), {}, 's\n', cwd);
      expect([misused.status, misused.stdout]).toEqual([2, '']);
      expect(misused.stderr).toMatch(/^injeung: .*\/\.env: line 2 .*\n$/);
      expect(misused.stderr).not.toContain('never closed');
      rmSync(join(cwd, '.env'));
      mkdirSync(join(cwd, '.env'));
      const directory = run(args.filter(Boolean), {}, 's\n', cwd);
      expect([directory.status, directory.stdout]).toEqual([2, '']);
      expect(directory.stderr).toMatch(/\.env: cannot be read \(EISDIR\)\n$/);
      expect(readdirSync(cwd)).toEqual(['.env']);
    },
  );

  it('does not affect the help and the version when it cannot be read', () => {
    write('broken');
    for (const option of ['--help', '--version']) {
      expect(run([option], {}, '', cwd).status).toBe(0);
      expect(run(['serve', option], {}, '', cwd).status).toBe(0);
    }
  });
});

describe('the command line', () => {
  const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const PASSWORD = 'BFrwSu3BsGr8nvY2bDCyObUpnNCGFtmAY0j+5nSYn0ZQ';

  it('derives the SMTP password from the environment or standard input', () => {
    const args = ['smtp-password', '--region', 'ap-northeast-2'];
    expect(run(args, { AWS_SECRET_ACCESS_KEY: SECRET }).stdout).toBe(`${PASSWORD}\n`);
    expect(run(args, {}, `${SECRET}\n`).stdout).toBe(`${PASSWORD}\n`);
    const all = JSON.parse(
      run([...args, '--json'], { AWS_ACCESS_KEY_ID: 'AKIAX', AWS_SECRET_ACCESS_KEY: SECRET }).stdout,
    );
    expect(all).toMatchObject({
      username: 'AKIAX',
      password: PASSWORD,
      host: 'email-smtp.ap-northeast-2.amazonaws.com',
    });
    expect(all.ports).toContainEqual({ port: 465, security: 'TLS' });
  });

  it.each([
    [['smtp-password', '--region', 'eu-south-1'], {}, SECRET],
    [['smtp-password', '--region', 'ap-northeast-2'], { AWS_ACCESS_KEY_ID: 'ASIAX' }, SECRET],
    [['smtp-password', '--region', 'ap-northeast-2'], {}, ''],
    [['smtp-password'], {}, SECRET],
    [['iam-policy', 'everything'], {}, ''],
    [['iam-policy', 'send', 'smtp'], {}, ''],
    [['fly'], {}, ''],
    [['--fly'], {}, ''],
    [[], {}, ''],
    [['serve', 'now'], {}, ''],
    [['doctor', '--all'], {}, ''],
    [['dkim-key'], {}, ''],
    [['audit-export', '--from', 'then'], {}, ''],
    [['serve'], { PORT: 'x', MAX_ATTEMPTS: '0' }, ''],
  ])('exits with status 2 when it is misused: %j %j', (args, env, input) => {
    const { status, stdout, stderr } = run(args, env, input);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.length).toBeGreaterThan(10);
    expect(stderr).not.toContain(SECRET);
  });

  it('names every setting that cannot be used', () => {
    const { stderr } = run(['serve'], { PORT: 'x', MAX_ATTEMPTS: '0', EMAIL_PROVIDER: 'ses' });
    for (const variable of ['PORT', 'MAX_ATTEMPTS', 'EMAIL_FROM']) expect(stderr).toContain(`${variable}: `);
  });

  it('prints help and version for itself and for every command that the help lists', () => {
    const help = run(['--help']).stdout;
    const commands = [...help.slice(help.indexOf('Commands:')).matchAll(/^ {2}([a-z-]+) /gm)].map(
      ([, name]) => name!,
    );
    expect(commands).toEqual(expect.arrayContaining(['serve', 'doctor', 'dkim-key', 'help']));
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    for (const command of [[], ...commands.filter((name) => name !== 'help').map((name) => [name])]) {
      const helped = run([...command, '--help']);
      expect([helped.status, helped.stderr]).toEqual([0, '']);
      expect(helped.stdout).toMatch(/^Usage: injeung/);
      expect(run([...command, '--version'])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
    }
  }, 60_000);

  it('writes the private half of a DKIM key only to a file that only its owner can read', () => {
    const cwd = mkdtempSync(join(tmpdir(), 'injeung-'));
    const args = [
      BIN,
      'dkim-key',
      '--domain',
      'Example.com',
      '--selector',
      's1',
      '--out',
      'key.pem',
      '--json',
    ];
    const made = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
    const record = JSON.parse(made.stdout);
    expect(record).toMatchObject({ name: 's1._domainkey.example.com', type: 'TXT', file: 'key.pem' });
    const file = join(cwd, 'key.pem');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const publicKey = createPublicKey(readFileSync(file)).export({ type: 'spki', format: 'der' });
    expect(record.strings.join('')).toBe(`v=DKIM1; k=rsa; p=${publicKey.toString('base64')}`);
    expect(made.stdout + made.stderr).not.toContain('PRIVATE');
    const again = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
    expect([again.status, again.stdout]).toEqual([1, '']);
    rmSync(cwd, { recursive: true });
  });

  it.each([
    ['--selector', 'with.dot'],
    ['--domain', 'not a domain'],
    ['--bits', '512'],
    ['--bits', '4096'],
    ['--bits', 'many'],
  ])('refuses to make a DKIM key with %s %s', (option, value) => {
    const options: Record<string, string> = {
      '--domain': 'example.com',
      '--selector': 's1',
      [option]: value,
    };
    const { status, stderr } = run(['dkim-key', ...Object.entries(options).flat()]);
    expect(status).toBe(2);
    expect(stderr).toContain(`${option} `);
  });

  it('prints the IAM policies', () => {
    const policy = JSON.parse(run(['iam-policy', 'smtp']).stdout);
    expect(policy.Statement[0]).toMatchObject({
      Effect: 'Allow',
      Action: ['ses:SendRawEmail'],
      Resource: '*',
    });
  });
});
