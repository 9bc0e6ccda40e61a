import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { digTxt } from '../support/dig';
import { blocksOf, shellCommandsOf } from '../support/documentation';
import { FakeDns, type FakeRecords } from '../support/fake-dns';
import { FakeSes } from '../support/fake-ses';
import { ADMIN_KEY, TestApp } from '../support/test-app';
import { until } from '../support/until';

const APP_KEY = 'application-key-of-the-documentation';

/**
 * Runs the commands of a page as a reader does: in bash, one after the other, with answers in the place of
 * placeholders.
 */
class Shell {
  readonly directory = mkdtempSync(join(tmpdir(), 'injeung-documentation-'));
  /** The answers by placeholder, such as `<the id>`. */
  readonly answered = new Map<string, string>();
  private readonly definitions: string[];

  constructor(
    page: string,
    private readonly url: string,
  ) {
    this.definitions = shellCommandsOf(page).filter((command) => /^\w+\(\) \{/.test(command));
  }

  async run(command: string): Promise<any> {
    let script = [...this.definitions, command].join('\n').replaceAll('http://127.0.0.1:4000', this.url);
    for (const [placeholder, value] of this.answered) script = script.replaceAll(placeholder, value);
    expect(script).not.toMatch(/<the |<endCursor>/);
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: this.directory,
      env: {
        ...process.env,
        INJEUNG_URL: this.url,
        ADMIN_KEY,
        APP_KEY,
        AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      },
    });
    return JSON.parse(stdout);
  }

  close(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** The commands of a page that call the server. */
const callsOf = (page: string) =>
  shellCommandsOf(page).filter((command) => /^(?:ask|admin|printf|curl) /.test(command));

/** Publishes the records that `companions` lists, as a reader of the guide does. */
function publishCompanions(dns: FakeDns, companions: { record: { name: string; value: string } }[]): void {
  const names = new Map<string, FakeRecords>();
  for (const { record } of companions) {
    const [, preference, exchange] = /^(\d+) (\S+)$/.exec(record.value) ?? [];
    const records =
      exchange === undefined
        ? { TXT: [record.value] }
        : { MX: [{ preference: Number(preference), exchange }] };
    names.set(record.name, { ...names.get(record.name), ...records });
  }
  for (const [name, records] of names) dns.set(name, records);
}

describe('the commands of the documentation', () => {
  let app: TestApp;
  let shell: Shell;
  /** Servers that are closed after the app, because it has connections to them. */
  const servers: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    shell.close();
    await app.close();
    for (const server of servers.splice(0)) await server.close();
  });

  it('in README.md verify an e-mail address', async () => {
    app = await TestApp.start('sqlite');
    shell = new Shell('README.md', app.url);
    const [request, inbox, verify] = callsOf('README.md');
    shell.answered.set('<the id>', (await shell.run(request!)).data.requestEmailCode.id);
    const [message] = await until(async () => {
      const messages = await shell.run(inbox!);
      return messages.length > 0 ? messages : null;
    });
    shell.answered.set('<the code>', message.code);
    const { verified, proof } = (await shell.run(verify!)).data.verifyCode;
    expect([verified, typeof proof]).toEqual([true, 'string']);
  });

  it('in the guide for back ends request a code and consume a proof', async () => {
    const page = 'docs/guides/back-end-and-proofs.md';
    app = await TestApp.start('sqlite', { APP_API_KEYS: APP_KEY });
    shell = new Shell(page, app.url);
    const [request, consume] = callsOf(page);
    const { id } = (await shell.run(request!.split('\n').slice(-2).join('\n'))).data.requestEmailCode;
    const code = await app.codeFor('user@example.com');
    const { proof } = (await app.verify(id, code, {}, { authorization: `Bearer ${APP_KEY}` })).data
      .verifyCode;
    shell.answered.set('<the proof>', proof);
    expect((await shell.run(consume!)).data.consumeProof).toMatchObject({ accepted: true, reason: null });
  });

  it.each([
    ['docs/operations/tasks.md', 10],
    ['docs/operations/access-records.md', 2],
  ])('in %s succeed', async (page, more) => {
    app = await TestApp.start('sqlite');
    shell = new Shell(page, app.url);
    const { id } = (await app.requestEmail('user@example.com')).data.requestEmailCode;
    shell.answered.set('<the id>', id);
    const { proof } = (await app.verify(id, await app.codeFor('user@example.com'))).data.verifyCode;
    shell.answered.set('<the proof>', proof);
    const failed = [];
    for (const command of callsOf(page)) {
      const { data, errors } = await shell.run(command);
      if (errors) failed.push({ command, errors });
      const cursor = data?.auditLog?.pageInfo?.endCursor as string | undefined;
      if (cursor) shell.answered.set('<endCursor>', cursor);
    }
    expect(failed).toEqual([]);
    expect(callsOf(page).length).toBeGreaterThan(more);
  });

  it('in the guide to sending domains set up a domain', async () => {
    const page = 'docs/guides/sending-domain.md';
    const dns = await FakeDns.start();
    const ses = await FakeSes.start();
    servers.push(ses, dns);
    Object.assign(process.env, ses.environment);
    app = await TestApp.start('sqlite', { DNS_SERVERS: dns.address });
    shell = new Shell(page, app.url);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(join(shell.directory, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const codes = [];
    for (const command of callsOf(page)) {
      const { data, errors } = await shell.run(command);
      codes.push(errors?.[0].extensions.code ?? 'OK');
      const { id, record } = data?.createDkimKey ?? data?.importDkimKey ?? {};
      if (id) shell.answered.set('<the id>', id);
      if (record) dns.set(record.name, { TXT: [record.strings] });
      publishCompanions(dns, data?.emailIdentity?.companions ?? []);
      if (data?.activateDkimKey)
        await ses.identities.confirmFromDns(async (name) => (await digTxt(dns.address, name)).join(''));
    }
    // The guide activates a key, which creates the identity. So creating the identity later in the guide is a conflict.
    const others = codes.filter((code) => code !== 'OK');
    expect(others).toEqual(['CONFLICT']);
  });

  it('in the guide for front ends, which are JavaScript, verify an e-mail address', async () => {
    app = await TestApp.start('sqlite');
    shell = new Shell('README.md', app.url);
    const [block] = blocksOf('docs/guides/front-end.md', 'js');
    const program = `${block!.replace('http://127.0.0.1:4000', app.url)}\nreturn { requestCode, checkCode };`;
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the guide's code is what is tested
    const { requestCode, checkCode } = new Function(program)();
    const { id, codeLength } = await requestCode('user@example.com', 'a-nonce');
    expect(codeLength).toBe(6);
    expect(await checkCode(id, await app.codeFor('user@example.com'))).toMatchObject({
      verified: true,
      reason: null,
    });
    await expect(requestCode('user@', 'a-nonce')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.email', rule: 'INVALID_EMAIL' }],
    });
  });
});
