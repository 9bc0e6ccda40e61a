import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { deriveSmtpPassword } from '../../src/channels/ses/ses-smtp-credentials';
import { type Finding, runChecks } from '../../src/doctor/check';
import { SCHEMA } from '../../src/app/schema';
import { runDoctor } from '../../src/doctor/run-doctor';
import { clockFinding } from '../../src/doctor/clock.check';
import { SqliteConnection } from '../../src/database/sqlite/sqlite-driver';
import { DIALECTS } from '../support/databases';
import { FakeDns } from '../support/fake-dns';
import { FakeGateway, GATEWAY_SECRET } from '../support/fake-gateway';
import { FakeSens, SENS_ACCESS } from '../support/fake-sens';
import { FakeSes, SES_CREDENTIALS } from '../support/fake-ses';
import { sesRefusal } from '../support/fake-ses-identities';
import { FakeSmtp, SMTP_LOGIN } from '../support/fake-smtp';
import { TestApp } from '../support/test-app';

const SECRET = 'the master secret of the test suite is long enough';
const DOMAIN = 'mail.example.com';
const before = { ...process.env };

let ses: FakeSes;
let sens: FakeSens;
let smtp: FakeSmtp;
let dns: FakeDns;
let directory: string;

beforeEach(async () => {
  ses = await FakeSes.start();
  ses.account.ProductionAccessEnabled = true;
  ses.account.EnforcementStatus = 'HEALTHY';
  ses.identities.add(DOMAIN, { origin: 'EXTERNAL', mailFromDomain: `mail.${DOMAIN}` });
  sens = await FakeSens.start();
  smtp = await new FakeSmtp(SMTP_LOGIN).listen();
  dns = await FakeDns.start();
  dns.set(`mail.${DOMAIN}`, {
    TXT: ['v=spf1 include:amazonses.com ~all'],
    MX: [{ preference: 10, exchange: 'feedback-smtp.ap-northeast-2.amazonses.com' }],
  });
  dns.set('_dmarc.example.com', { TXT: ['v=DMARC1; p=reject'] });
  directory = mkdtempSync(join(tmpdir(), 'injeung-'));
  // The AWS SDK reads the environment of the process.
  Object.assign(process.env, ses.environment, { AWS_EC2_METADATA_DISABLED: 'true' });
});
afterEach(async () => {
  process.env = { ...before };
  rmSync(directory, { recursive: true });
  for (const fake of [ses, sens, smtp, dns]) await fake.close();
});

/** The settings of a service in production. */
const environment = (change: Record<string, string> = {}) => ({
  NODE_ENV: 'production',
  INJEUNG_SECRET: SECRET,
  DATABASE_URL: `sqlite:${join(directory, 'new.sqlite')}`,
  EMAIL_PROVIDER: 'ses,smtp',
  EMAIL_FROM: `Codes <verify@${DOMAIN}>`,
  SMTP_URL: `smtp://${SMTP_LOGIN.user}:${SMTP_LOGIN.pass}@127.0.0.1:${smtp.port}`,
  SMTP_CA_FILE: 'test/support/tls/cert.pem',
  DNS_SERVERS: dns.address,
  TRUST_PROXY: 'on',
  ...sens.environment,
  ...change,
});

const examine = async (change: Record<string, string> = {}) => {
  const { findings } = await runDoctor(environment(change), SCHEMA, { callsPerSecond: 200 });
  const json = JSON.stringify(findings);
  for (const secret of [
    SECRET,
    GATEWAY_SECRET,
    SES_CREDENTIALS.secretAccessKey,
    SENS_ACCESS.secretKey,
    ':secret@',
  ])
    expect(json).not.toContain(secret);
  for (const { status, message, advice } of findings) {
    expect(message.length).toBeGreaterThan(3);
    expect(advice === null).toBe(status === 'OK');
  }
  return findings;
};
const linesOf = (findings: Finding[], check: string) =>
  findings.filter((finding) => finding.check === check).map(({ status, message }) => `${status} ${message}`);

describe.each(DIALECTS)('the doctor, on %s', (dialect) => {
  let app: TestApp;
  beforeEach(async () => (app = await TestApp.start(dialect)));
  afterEach(() => app.close());

  const execute = async (sql: string) => {
    const { url } = app.database;
    if (dialect === 'sqlite') {
      const database = new SqliteConnection(url.slice('sqlite:'.length));
      database.exec(sql);
      return void database.close();
    }
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`SET search_path TO ${new URL(url).searchParams.get('schema')}`);
    await client.query(sql);
    await client.end();
  };

  it('reports no fault in a correct set-up while a server runs', async () => {
    const findings = await examine({ DATABASE_URL: app.database.url });
    expect(findings.filter(({ status }) => status !== 'OK')).toEqual([]);
    expect(new Set(findings.map(({ check }) => check))).toEqual(
      new Set([
        ...['settings', 'templates', 'database', 'migrations', 'keyring', 'clock', 'proxy', 'DNS'],
        ...['SES account', 'SES quota', 'SES identity', 'DKIM', 'MAIL FROM', 'SPF', 'DMARC', 'SMTP', 'sens'],
      ]),
    );
    expect(linesOf(findings, 'clock')).toHaveLength(dialect === 'sqlite' ? 2 : 3);
    expect(linesOf(findings, 'DKIM').join()).toContain('BYODKIM');
    // The doctor sent nothing, and the server still works.
    expect([ses.messages, sens.messages, smtp.messages]).toEqual([[], [], []]);
    expect((await app.requestEmail('user@example.com')).errors).toBeUndefined();
  });

  it('reports pending migrations without applying them, and a database of a newer server', async () => {
    await execute(`DELETE FROM migrations WHERE name LIKE 'OrderVerifications%'`);
    const pending = /^WARN not applied yet: OrderVerifications/;
    const state = async () => linesOf(await examine({ DATABASE_URL: app.database.url }), 'migrations');
    expect(await state()).toEqual([expect.stringMatching(pending)]);
    expect(await state()).toEqual([expect.stringMatching(pending)]);
    await execute(`INSERT INTO migrations (timestamp, name) VALUES (9, 'FromTheFuture9')`);
    expect((await state())[0]).toMatch(/^FAIL .*newer.*FromTheFuture9/);
  });

  it('reports whether the secret opens the keyring, and changes no key', async () => {
    const stateWith = async (INJEUNG_SECRET: string) =>
      linesOf(await examine({ DATABASE_URL: app.database.url, INJEUNG_SECRET }), 'keyring')[0];
    const other = 'another master secret that is long enough';
    expect(await stateWith(SECRET)).toMatch(/^OK/);
    expect(await stateWith(other)).toMatch(/^FAIL/);
    expect(await stateWith(`${other},${SECRET}`)).toMatch(/^WARN only an older secret/);
    expect(await stateWith(SECRET)).toMatch(/^OK/);
  });

  it('accepts an empty database', async () => {
    await app.stop();
    await execute(`DROP TABLE keyring; DROP TABLE migrations`);
    const findings = await examine({ DATABASE_URL: app.database.url });
    expect(linesOf(findings, 'keyring')[0]).toMatch(/^OK/);
    expect(linesOf(findings, 'migrations')[0]).toMatch(/^WARN not applied yet: CreateVerifications/);
  });
});

describe('the doctor', () => {
  it('reports that the database does not exist yet, and does not create it', async () => {
    const findings = await examine();
    expect(linesOf(findings, 'database')[0]).toMatch(/^WARN .*new\.sqlite does not exist yet/);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('leaves no file beside a database that no server uses', async () => {
    const app = await TestApp.start('sqlite');
    await app.stop();
    const path = app.database.url.slice('sqlite:'.length);
    const files = () =>
      readdirSync(dirname(path)).map((name) => [name, statSync(join(dirname(path), name)).mtimeMs]);
    const untouched = files();
    expect(linesOf(await examine({ DATABASE_URL: app.database.url }), 'keyring')[0]).toMatch(/^OK/);
    expect(files()).toEqual(untouched);
    await app.close();
  });

  it.each([
    ['sqlite:/', /^FAIL .*cannot be used/],
    ['postgres://user:secret-password@127.0.0.1:1/x', /^FAIL PostgreSQL at 127.0.0.1:1 .*ECONNREFUSED/],
  ])('reports that %s cannot be used', async (DATABASE_URL, message) => {
    const findings = await examine({ DATABASE_URL });
    expect(linesOf(findings, 'database')).toEqual([expect.stringMatching(message)]);
    expect(JSON.stringify(findings)).not.toContain('secret-password');
  });

  it('warns of a variable that resembles a setting', async () => {
    const lines = linesOf(await examine({ LOG_LEVLE: 'debug' }), 'settings');
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^WARN LOG_LEVLE is not a setting and has no effect; perhaps LOG_LEVEL was meant/,
      ),
    );
  });

  it('lists every setting that cannot be used', async () => {
    const { settingsRead, findings } = await runDoctor({ PORT: 'x', MAX_ATTEMPTS: '0' }, SCHEMA);
    expect(settingsRead).toBe(false);
    expect(findings.map(({ status, message }) => `${status} ${message.split(':')[0]}`)).toEqual([
      'FAIL PORT',
      'FAIL MAX_ATTEMPTS',
    ]);
  });

  it('warns of settings that are only for development', async () => {
    const lines = linesOf(
      await examine({
        NODE_ENV: '',
        SMS_PROVIDER: 'inbox',
        INBOX_REMOTE: 'on',
        TEST_RECIPIENTS: 'a@example.com=123456',
      }),
      'settings',
    ).join('\n');
    for (const words of ['not production', 'the inbox', 'anyone can read', 'TEST_RECIPIENTS'])
      expect(lines).toMatch(new RegExp(`WARN .*${words}`));
    expect(existsSync(join(directory, 'new.sqlite.secret'))).toBe(false);
  });

  it('reports every fault of the templates', async () => {
    const file = join(directory, 'readme.txt');
    writeFileSync(file, 'x');
    const lines = linesOf(await examine({ TEMPLATES_DIR: directory, PORT: 'x' }), 'settings');
    expect(lines).toEqual([
      expect.stringMatching(/^FAIL PORT: /),
      expect.stringMatching(/^FAIL TEMPLATES_DIR: readme\.txt: is not the name of a template/),
    ]);
  });

  it.each([
    ['FAIL the account may not send', { SendingEnabled: false }],
    ['FAIL the account may not send in ap-northeast-2 (SHUTDOWN)', { EnforcementStatus: 'SHUTDOWN' }],
    ['WARN the account is in the SES sandbox', { ProductionAccessEnabled: false }],
    ['WARN the account is under review', { EnforcementStatus: 'PROBATION' }],
    ['WARN 90 of 100 messages', { SendQuota: { Max24HourSend: 100, MaxSendRate: 1, SentLast24Hours: 90 } }],
    ['FAIL 100 of 100 messages', { SendQuota: { Max24HourSend: 100, MaxSendRate: 1, SentLast24Hours: 100 } }],
  ])('reports the state of the SES account: %s', async (message, account) => {
    Object.assign(ses.account, account);
    const findings = await examine();
    const lines = [...linesOf(findings, 'SES account'), ...linesOf(findings, 'SES quota')];
    expect(lines).toContainEqual(expect.stringContaining(message));
  });

  it.each([
    ['FAIL no AWS credentials', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }],
    ['FAIL SES refuses the credentials (InvalidSignatureException)', { AWS_ACCESS_KEY_ID: 'AKIDOTHER' }],
    ['FAIL SES does not answer', { AWS_ENDPOINT_URL_SESV2: 'http://127.0.0.1:1' }],
  ])('reports a failure of SES only once: %s', async (message, variables) => {
    Object.assign(process.env, variables, { HOME: directory });
    for (const [name, value] of Object.entries(variables)) if (value === '') delete process.env[name];
    const findings = await examine();
    expect(linesOf(findings, 'SES')).toEqual([expect.stringContaining(message)]);
    expect(linesOf(findings, 'SES identity')).toEqual([]);
  });

  it('names the action that the credentials do not permit', async () => {
    ses.identities.refusals.push(sesRefusal(403, 'AccessDeniedException', 'not authorized'));
    const lines = linesOf(await examine(), 'SES');
    expect(lines).toEqual(['WARN the credentials do not permit this check (ses:GetEmailIdentity)']);
  });

  it.each([
    ['an unknown domain', 'SES identity', /^FAIL SES has no identity for verify@mail/, null],
    [
      'an unverified domain',
      'SES identity',
      /^FAIL SES has not verified mail.example.com \(PENDING\)/,
      { verificationStatus: 'PENDING' },
    ],
    ['a key that SES has not seen', 'DKIM', /^FAIL .*status at SES is PENDING/, { status: 'PENDING' }],
    ['signing that is off', 'DKIM', /^FAIL DKIM signing is switched off/, { signingEnabled: false }],
    ['Easy DKIM', 'DKIM', /^OK .*AWS_SES/, { origin: 'AWS_SES' }],
    [
      'records of a MAIL FROM domain that SES does not use',
      'MAIL FROM',
      /^WARN the record at mail\.mail\.example\.com is correct, but SES does not use it/,
      {},
    ],
    [
      'a MAIL FROM domain that SES uses',
      'MAIL FROM',
      /^OK the record at mail\.mail\.example\.com is correct/,
      { mailFromDomain: 'mail.mail.example.com' },
    ],
    [
      'a MAIL FROM domain without records',
      'MAIL FROM',
      /^WARN the record at bounce.* is missing/,
      { mailFromDomain: 'bounce.example.com' },
    ],
  ])('reports the state of the SES identity: %s', async (_what, check, message, identity) => {
    if (identity === null) ses.identities.identities.clear();
    else ses.identities.add(DOMAIN, { origin: 'EXTERNAL', ...identity });
    expect(linesOf(await examine(), check)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['WARN', 'USE_DEFAULT_VALUE', 'PENDING', /is PENDING$/],
    ['FAIL', 'REJECT_MESSAGE', 'PENDING', /is PENDING, so SES refuses every message$/],
    ['FAIL', 'REJECT_MESSAGE', 'PARTLY_CLOUDY', /is PARTLY_CLOUDY, so SES refuses every message$/],
  ])(
    'reports with %s a MAIL FROM domain with %s whose status at SES is %s',
    async (status, onMxFailure, mailFromStatus, message) => {
      const mailFromDomain = `mail.${DOMAIN}`;
      ses.identities.add(DOMAIN, { origin: 'EXTERNAL', mailFromDomain, mailFromStatus, onMxFailure });
      const findings = await examine();
      const [state, records] = linesOf(findings, 'MAIL FROM');
      expect(state).toMatch(message);
      expect(state!.startsWith(status)).toBe(true);
      expect(records).toMatch(/^OK/);
      expect(linesOf(findings, 'SPF')[0]).toMatch(/^OK/);
    },
  );

  it('accepts an identity of a parent domain, or of the address alone', async () => {
    ses.identities.identities.clear();
    ses.identities.add(`verify@${DOMAIN}`, { status: 'NOT_STARTED', signingEnabled: false });
    let findings = await examine();
    expect(linesOf(findings, 'SES identity')).toEqual([`OK verify@${DOMAIN} is verified`]);
    expect(linesOf(findings, 'DKIM')[0]).toMatch(/^WARN .*as an e-mail address only/);
    ses.identities.add('example.com');
    findings = await examine();
    expect(linesOf(findings, 'SES identity')).toEqual(['OK example.com is verified']);
  });

  it('requires a configuration set when events are expected', async () => {
    const SES_TOPIC_ARN = 'arn:aws:sns:ap-northeast-2:123456789012:events';
    expect(linesOf(await examine({ SES_TOPIC_ARN }), 'SES events')[0]).toMatch(/^WARN/);
    const lines = await examine({ SES_TOPIC_ARN, SES_CONFIGURATION_SET: 'codes' });
    expect(linesOf(lines, 'SES events')).toEqual([]);
  });

  it('reports missing companion records, with the records to publish', async () => {
    dns.remove(`mail.${DOMAIN}`);
    dns.set('_dmarc.example.com', { TXT: ['v=DMARC1; p=perhaps'] });
    const findings = await examine();
    expect(linesOf(findings, 'MAIL FROM')[0]).toMatch(/^WARN the record at .* is missing/);
    expect(linesOf(findings, 'SPF')[0]).toMatch(/^WARN the record at .* is missing/);
    expect(linesOf(findings, 'DMARC')[0]).toMatch(/^WARN the record at .* is wrong/);
    expect(findings.find(({ check }) => check === 'SPF')!.advice).toContain('include:amazonses.com');
  });

  it('reports that name servers do not answer', async () => {
    dns.failWith('SERVFAIL');
    expect(linesOf(await examine(), 'DNS')[0]).toMatch(/^FAIL no name server answers/);
    dns.heal();
    const silent = await examine({ DNS_SERVERS: `${dns.address},127.0.0.1:1` });
    expect(linesOf(silent, 'DNS')[0]).toMatch(/^WARN some name servers do not answer.*127\.0\.0\.1:1/);
  });

  it.each([
    [{ SMTP_URL: 'smtp://AKIDEXAMPLE:wrong-password@127.0.0.1:PORT' }, /^FAIL .*refuses the login \(535\)/],
    [{ SMTP_URL: 'smtp://127.0.0.1:1' }, /^FAIL .*cannot be used \(ESOCKET|ECONNREFUSED/],
    [{ SMTP_CA_FILE: '' }, /^FAIL .*(TLS|cannot be used)/],
  ])('reports why SMTP cannot send: %j', async (change, message) => {
    const variables = Object.fromEntries(
      Object.entries(change).map(([name, value]) => [name, value.replace('PORT', String(smtp.port))]),
    );
    const findings = await examine(variables);
    expect(linesOf(findings, 'SMTP')).toEqual([expect.stringMatching(message)]);
    expect(JSON.stringify(findings)).not.toContain('wrong-password');
  });

  it('signs in to the SMTP server of SES with the derived password', async () => {
    await smtp.close();
    const { accessKeyId: user, secretAccessKey } = SES_CREDENTIALS;
    const pass = deriveSmtpPassword(secretAccessKey, 'ap-northeast-2');
    smtp = await new FakeSmtp({ user, pass }).listen();
    const change = {
      EMAIL_PROVIDER: 'ses-smtp',
      SES_SMTP_HOST: '127.0.0.1',
      SES_SMTP_PORT: String(smtp.port),
      AWS_ACCESS_KEY_ID: SES_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: SES_CREDENTIALS.secretAccessKey,
    };
    expect(linesOf(await examine(change), 'SES SMTP')).toEqual([
      `OK 127.0.0.1:${smtp.port} accepts the login`,
    ]);
    const elsewhere = { ...change, AWS_REGION: 'us-east-1' };
    expect(linesOf(await examine(elsewhere), 'SES SMTP')[0]).toMatch(/^FAIL .*refuses the login/);
  });

  it.each([
    [{ SENS_SECRET_KEY: 'SERVICEKEY' }, /^FAIL .*account's authentication key/],
    [{ SENS_SERVICE_ID: 'ncp:sms:kr:1:other' }, /^FAIL .*SENS_SERVICE_ID/],
    [{ SENS_ENDPOINT: 'http://127.0.0.1:1' }, /^FAIL SENS did not answer \(ECONNREFUSED\)/],
  ])('reports why SENS cannot send: %j', async (change, message) => {
    expect(linesOf(await examine(change), 'sens')).toEqual([expect.stringMatching(message)]);
  });

  it('pings the gateway of the provider http once for both channels', async () => {
    const gateway = await FakeGateway.start();
    const change = { EMAIL_PROVIDER: 'http', SMS_PROVIDER: 'http', ...gateway.environment };
    const findings = await examine(change);
    expect(linesOf(findings, 'http')).toEqual(['OK the gateway answers ping and accepts the signature']);
    expect(linesOf(findings, 'clock')).toEqual(["OK this machine's clock agrees with the clock of http"]);
    expect(JSON.stringify(findings)).not.toContain('tenant');
    expect(gateway.calls.map(({ method }) => method).sort()).toEqual(['GET', 'POST']);
    const wrong = { ...change, HTTP_PROVIDER_SECRET: GATEWAY_SECRET.replace(/.{4}$/, 'AAAA') };
    expect(linesOf(await examine(wrong), 'http')).toEqual(['FAIL the gateway refuses the signature (401)']);
    gateway.pingStatus = 404;
    expect(linesOf(await examine(change), 'http')[0]).toMatch(/^WARN .*does not know ping \(404\)/);
    await gateway.close();
  });

  it('reports a clock that differs from that of SES', async () => {
    const now = Date.now();
    expect(clockFinding('SES', now - 1_000)).toMatchObject({ status: 'OK' });
    expect(clockFinding('SES', now - 60_000)).toMatchObject({
      status: 'WARN',
      message: "this machine's clock is 60 s ahead of the clock of SES",
    });
    await sens.close();
    sens = await FakeSens.start(() => Date.now() + 3_600_000);
    expect(linesOf(await examine(), 'clock').sort()).toEqual([
      expect.stringMatching(/^FAIL .*3[56]\d\d s behind the clock of sens/),
      "OK this machine's clock agrees with the clock of SES",
    ]);
  });

  it('continues when a check takes too long or throws', async () => {
    const hangs = { name: 'hangs', run: () => new Promise<never>(() => undefined) };
    const breaks = { name: 'breaks', run: () => Promise.reject(new Error('broken')) };
    const findings = await runChecks([hangs, breaks], 20);
    expect(findings.map(({ check, status }) => `${status} ${check}`)).toEqual(['FAIL hangs', 'FAIL breaks']);
  });
});
