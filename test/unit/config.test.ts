import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config/config';
import { SETTINGS } from '../../src/config/declaration';
import { type SettingsFault } from '../../src/config/settings-fault';

const CERTIFICATE = join(__dirname, '../support/tls/cert.pem');
const SRC = join(__dirname, '../../src');

function faultsOf(variables: Record<string, string>): string[] {
  try {
    readConfig(variables);
    return [];
  } catch (error) {
    return (error as SettingsFault).faults.map(({ variable }) => variable);
  }
}

it('settings: outside production no setting is required', () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    production: false,
    host: '127.0.0.1',
    port: 4000,
    databaseUrl: 'sqlite:data/injeung.sqlite',
  });
  expect(config.verification).toMatchObject({
    maxAttempts: 5,
    sharedLimits: { ipHourly: 1_000, smsPrefixHourly: 50 },
    smsCountries: ['KR'],
  });
});

it('settings: all wrong settings are reported at once, without their values', () => {
  const wrong: Record<string, string> = {
    ADMIN_API_KEYS: 'short-admin-key',
    APP_API_KEYS: 'short-app-key',
    CORS_ORIGINS: 'not-an-origin',
    DATABASE_CONNECT_TIMEOUT_MS: '0',
    DATABASE_POOL_SIZE: '0',
    DATABASE_STATEMENT_TIMEOUT_MS: 'x',
    DATABASE_URL: 'mysql://root@localhost',
    DEFAULT_LOCALE: 'fr',
    DNS_SERVERS: '127.0.0.1:70000',
    BRAND_NAME: 'Brand\u0007',
    EMAIL_CODE_LENGTH: '3',
    EMAIL_CODE_TTL_SECONDS: '0',
    EMAIL_FROM: 'nobody',
    EMAIL_PROVIDER: 'pigeon',
    EMAIL_REPLY_TO: 'nobody',
    HTTP_PROVIDER_SECRET: 'short-secret',
    HTTP_PROVIDER_URL: 'http://example.com',
    HUMAN_CHECK_EXTRA_PERCENT: '0',
    HUMAN_CHECK_MODE: 'never',
    HUMAN_CHECK_SECRET: '',
    HUMAN_CHECK_URL: 'http://example.com',
    INBOX_REMOTE: 'perhaps',
    INJEUNG_SECRET: 'short-secret',
    IP_HOURLY_LIMIT: '-1',
    LOG_LEVEL: 'loud',
    MAX_ATTEMPTS: '21',
    MAX_CONNECTIONS: '0',
    PORT: '70000',
    PROOF_KEY_DAYS: '-1',
    PROOF_TTL_SECONDS: '0',
    RECIPIENT_DAILY_GUESSES: '1.5',
    RECIPIENT_DAILY_LIMIT: 'many',
    RECIPIENT_HOURLY_LIMIT: '1e3',
    REQUEST_TIMEOUT_MS: '1',
    RESEND_COOLDOWN_SECONDS: '-60',
    RETENTION_DAYS: '0',
    AUDIT_RETENTION_DAYS: '30',
    SEND_CONCURRENCY: '0',
    SEND_TIMEOUT_MS: '1',
    SES_TOPIC_ARN: 'arn:aws:sns:ap-northeast-2:123456789012:codes.fifo',
    SENS_ENDPOINT: 'ftp://example.com',
    SENS_FROM: 'me',
    SES_SMTP_PORT: '0',
    SHUTDOWN_DELAY_SECONDS: '301',
    SMS_ALLOW_LMS: '2',
    SMS_APP_HASHES: 'FA+9qCX9VSu,short',
    SMS_CODE_LENGTH: '11',
    SMS_CODE_TTL_SECONDS: '86401',
    SMS_COUNTRIES: 'XX',
    SMS_DAILY_LIMIT: '1 000',
    SMS_PREFIX_HOURLY_LIMIT: '-5',
    SMS_PROVIDER: 'pigeon',
    SMS_WEBOTP_DOMAIN: 'https://example.com',
    SMTP_URL: 'http://example.com',
    TEST_RECIPIENTS: 'user@example.com=12',
    TRUST_PROXY: 'everyone',
  };
  expect(faultsOf(wrong).sort()).toEqual(Object.keys(wrong).sort());
  try {
    readConfig(wrong);
  } catch (error) {
    for (const secret of ['short-secret', 'short-admin-key', 'short-app-key'])
      expect(String(error)).not.toContain(secret);
  }
});

it('settings: the human check requires all of its settings or none', () => {
  expect(faultsOf({ HUMAN_CHECK_SECRET: 'secret', HUMAN_CHECK_MODE: 'always' }).sort()).toEqual([
    'HUMAN_CHECK_MODE',
    'HUMAN_CHECK_SECRET',
  ]);
  expect(faultsOf({ HUMAN_CHECK_URL: 'not a url' }).sort()).toEqual([
    'HUMAN_CHECK_SECRET',
    'HUMAN_CHECK_URL',
  ]);
  expect(faultsOf({ HUMAN_CHECK_URL: 'https://example.com/siteverify', HUMAN_CHECK_SECRET: 's' })).toEqual(
    [],
  );
});

it('settings: production requires a secret and refuses the inbox as a provider', () => {
  expect(faultsOf({ NODE_ENV: 'production' }).sort()).toEqual([
    'EMAIL_PROVIDER',
    'INJEUNG_SECRET',
    'SMS_PROVIDER',
  ]);
  const failover = {
    NODE_ENV: 'production',
    INJEUNG_SECRET: 'the master secret of this test is long',
    EMAIL_PROVIDER: 'ses,inbox',
    EMAIL_FROM: 'a@example.com',
  };
  expect(faultsOf(failover).sort()).toEqual(['EMAIL_PROVIDER', 'SMS_PROVIDER']);
});

it('settings: the default of IP_HOURLY_LIMIT is 30 in production, and higher where the only caller is the developer', () => {
  const production = {
    NODE_ENV: 'production',
    INJEUNG_SECRET: 'a secret of the test that is long enough',
    EMAIL_FROM: 'a@example.com',
  };
  const live = { ...production, EMAIL_PROVIDER: 'ses', SMS_PROVIDER: 'none' };
  expect(readConfig(live).verification.sharedLimits.ipHourly).toBe(30);
  expect(readConfig({ ...live, IP_HOURLY_LIMIT: '5' }).verification.sharedLimits.ipHourly).toBe(5);
  expect(readConfig({}).verification.sharedLimits.ipHourly).toBe(1_000);
  expect(readConfig({ IP_HOURLY_LIMIT: '5' }).verification.sharedLimits.ipHourly).toBe(5);
});

it.each([
  'sslmode=on',
  'sslmode=allow',
  'sslmode=',
  'ssl=true',
  'uselibpqcompat=true&sslmode=require',
  'sslmode=verify-ca',
  'sslrootcert=system&sslmode=require',
  'sslmode=require&sslcert=client.pem',
])('settings: DATABASE_URL is refused with %s', (parameters) => {
  const url = `postgres://user:pass-word@db.example.com/injeung?${parameters}`;
  expect(faultsOf({ DATABASE_URL: url })).toEqual(['DATABASE_URL']);
});

it.each(['', '?sslmode=verify-full', `?sslmode=verify-ca&sslrootcert=${CERTIFICATE}`, '?sslrootcert=system'])(
  'settings: DATABASE_URL is accepted with %j',
  (parameters) => {
    const databaseUrl = `postgresql://user@db.example.com/injeung${parameters}`;
    expect(readConfig({ DATABASE_URL: databaseUrl }).databaseUrl).toBe(databaseUrl);
  },
);

it('settings: a channel can be switched off', () => {
  const production = {
    NODE_ENV: 'production',
    INJEUNG_SECRET: 'the master secret of this test is long',
    EMAIL_FROM: 'a@example.com',
  };
  expect(faultsOf({ ...production, EMAIL_PROVIDER: 'ses', SMS_PROVIDER: 'none' })).toEqual([]);
  expect(readConfig({ SMS_PROVIDER: 'none' }).verification.closedChannels).toEqual(['SMS']);
  expect(faultsOf({ SMS_PROVIDER: 'sens,none' })).toContain('SMS_PROVIDER');
});

it('settings: each provider requires its own settings', () => {
  expect(faultsOf({ SMS_PROVIDER: 'sens' }).sort()).toEqual([
    'SENS_ACCESS_KEY',
    'SENS_FROM',
    'SENS_SECRET_KEY',
    'SENS_SERVICE_ID',
  ]);
  expect(faultsOf({ SMS_PROVIDER: 'sens-alimtalk' }).sort()).toEqual([
    'SENS_ACCESS_KEY',
    'SENS_ALIMTALK_CHANNEL',
    'SENS_ALIMTALK_SERVICE_ID',
    'SENS_ALIMTALK_TEMPLATE_KO',
    'SENS_SECRET_KEY',
  ]);
  expect(faultsOf({ SMS_PROVIDER: 'solapi' }).sort()).toEqual([
    'SOLAPI_API_KEY',
    'SOLAPI_API_SECRET',
    'SOLAPI_FROM',
  ]);
  expect(faultsOf({ EMAIL_PROVIDER: 'smtp' }).sort()).toEqual(['EMAIL_FROM', 'SMTP_URL']);
  expect(faultsOf({ EMAIL_PROVIDER: 'ses' })).toEqual(['EMAIL_FROM']);
  const smtp = { EMAIL_PROVIDER: 'ses-smtp', EMAIL_FROM: 'a@example.com', AWS_SECRET_ACCESS_KEY: 'x' };
  expect(faultsOf({ ...smtp, AWS_ACCESS_KEY_ID: 'ASIAX', AWS_REGION: 'eu-south-1' }).sort()).toEqual([
    'AWS_ACCESS_KEY_ID',
    'AWS_REGION',
  ]);
});

it('settings: TRUST_PROXY accepts a number of hops or addresses, but not all proxies', () => {
  expect(readConfig({ TRUST_PROXY: 'on' }).trustProxy).toBe(1);
  expect(readConfig({ TRUST_PROXY: '2' }).trustProxy).toBe(2);
  expect(readConfig({ TRUST_PROXY: '10.0.0.0/8,::1' }).trustProxy).toEqual(['10.0.0.0/8', '::1']);
  expect(readConfig({}).trustProxy).toBe(false);
});

it('settings: the sources read no environment variable that is not declared', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const read = files.flatMap((file) => {
    const source = readFileSync(join(SRC, file), 'utf8');
    return source.match(/(?<=\b(?:env|process\.env|variables)(?:\.|\['))[A-Z][A-Z0-9_]+/g) ?? [];
  });
  // It is set for the AWS SDK and not read here.
  const notRead = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
  expect(read.filter((variable) => variable !== notRead && !SETTINGS.has(variable))).toEqual([]);
});
