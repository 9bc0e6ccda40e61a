import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allowedOrigins } from '../../src/api/http/allowed-origins';
import { readConfig } from '../../src/config/config';
import { SettingsFault } from '../../src/config/settings-fault';

const TLS = join(__dirname, '../support/tls');
const CERTIFICATE = join(TLS, 'cert.pem');
const KEY = join(TLS, 'key.pem');
const LONG = 'correct-horse-battery-staple-0123';
const WEBHOOK_SECRET = `whsec_${'AbC/'.repeat(8)}`;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'injeung-config-'));
  writeFileSync(join(dir, 'text.pem'), 'not a certificate');
  const certificate = readFileSync(CERTIFICATE, 'utf8');
  writeFileSync(join(dir, 'damaged.pem'), certificate.replace(/\n[^\n]{20}/, '\nAAAA'));
  writeFileSync(join(dir, 'two.pem'), `${certificate}\n${certificate}`);
});
afterAll(() => rmSync(dir, { recursive: true }));

/** The faults as the start prints them: `VARIABLE: message`. */
function faultsOf(variables: Record<string, string>): string[] {
  try {
    readConfig(variables);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsFault)) throw error;
    return error.message.split('\n');
  }
}

describe.each<[string, string[], string[]]>([
  [
    'NODE_ENV',
    ['development', 'test', ''],
    ['Production', ' production', 'production ', 'prod', 'staging', 'true', ' '],
  ],
  [
    'PORT',
    ['0', '80', ' 80 ', '0080'],
    ['80 80', '1e3', '0x10', '８０', '80.0', '+80', '-1', '65536', '4000 # comment', '"80"', "'80'", 'on'],
  ],
  [
    'HOST',
    ['0.0.0.0', '::', '::1', 'localhost', 'node-1.example.com', 'node_1'],
    [
      'localhost:4000',
      'http://localhost',
      '[::1]',
      '127.0.0.1:80',
      '256.1.1.1',
      '*',
      'a b',
      '127.0.0.1/8',
      'a..b',
    ],
  ],
  [
    'INJEUNG_SECRET',
    [LONG, `${LONG},${LONG}x`, '비밀번호는 충분히 길어야 하므로 이렇게 길게 적어 둡니다 일이삼'],
    [
      's'.repeat(32),
      'ab'.repeat(16),
      `"${LONG}"`,
      `${LONG}\nsecond-line`,
      `${LONG},${LONG}`,
      'short',
      `${LONG},`.concat('x'),
    ],
  ],
  [
    'ADMIN_API_KEYS',
    [
      LONG,
      `ops:${LONG}`,
      `ops:${LONG},ci-1:${LONG}x,${LONG}y`,
      `ops:${LONG}:with:colons`,
      `${LONG}, ${LONG}x,`,
    ],
    [
      `"${LONG}"`,
      `'${LONG}'`,
      `${LONG} # comment`,
      `${LONG},${LONG}`,
      `ops:${LONG},ci:${LONG}`,
      `ops:${LONG},ops:${LONG}x`,
      `Ops:${LONG}`,
      `:${LONG}`,
      `${'n'.repeat(33)}:${LONG}`,
      'ops:short',
      `server:${LONG}`,
      `cli:${LONG}`,
      `0123456789ab:${LONG}`,
      `${LONG}é`,
      'k'.repeat(24),
    ],
  ],
  ['APP_API_KEYS', [LONG, `${LONG},${LONG}x`], [`${LONG},${LONG}`, `"${LONG}"`, 'short', `a b ${LONG}`]],
  [
    'TRUST_PROXY',
    ['on', 'off', '0', '3', '10.0.0.0/8', '::1', '2001:db8::/32,10.0.0.1'],
    [
      '10.0.0.0/99',
      '10.0.0.0/33',
      '::/129',
      '0.0.0.0/0',
      '10',
      '-1',
      'loopback',
      '10.0.0.0/',
      'fe80::1%eth0',
      'on,10.0.0.1',
    ],
  ],
  [
    'CORS_ORIGINS',
    [
      'https://app.example.com',
      'http://localhost:3000,https://*.example.com',
      'https://*.example.com:8443',
      'capacitor://localhost',
      'ionic://localhost,tauri://localhost',
      'chrome-extension://abcdefghijklmnop',
    ],
    [
      '*',
      'null',
      'https://*',
      'https://*.com',
      'https://app.*.com',
      'https://*app.example.com',
      'https://*.127.0.0.1',
      'https://app.example.com/',
      'https://app.example.com/path',
      'https://app.example.com:443',
      'https://App.example.com',
      'shop.example.com',
      'file://localhost',
      'ws://app.example.com',
      'capacitor://*',
      'https://a.example.com,https://a.example.com',
      'https://a.example.com https://b.example.com',
    ],
  ],
  [
    'DNS_SERVERS',
    ['1.1.1.1', '127.0.0.1:53', '[::1]:53', '::1', 'dns.example.com', 'dns.example.com:5353'],
    [
      '127.0.0.1:0',
      '127.0.0.1:70000',
      '[127.0.0.1]:53',
      '1.1.1.1,1.1.1.1',
      'https://dns.google',
      '999.1.1.1',
      'a b',
    ],
  ],
  [
    'SMTP_URL',
    [
      'smtp://mail.example.com',
      'smtps://user:pa%20ss%40@mail.example.com:465/',
      'smtp://user:1%23ss@[::1]:2525',
      'smtp://user:p@ss@mail.example.com',
    ],
    [
      'smtp://user:100%pass@host',
      'smtp://user:1#ss@host',
      'smtp://user:1?ss@host',
      'smtp://user:1/ss@host',
      'smtp://user:a/b@host',
      'smtp://user@host',
      'smtp://:pass@host',
      'smtp://',
      'smtp://user:pass@',
      'smtp://host:0',
      'smtp://host/path',
      'smtp://host?pool=true',
      'smtp://메일.example.com',
      'smtp://us%00er:pass@host',
      'host:25',
      'https://host',
    ],
  ],
  ...[
    'SENS_ENDPOINT',
    'HUMAN_CHECK_URL',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_SESV2',
    'HTTP_PROVIDER_URL',
  ].map((variable): [string, string[], string[]] => [
    variable,
    ['https://gateway.example.com', 'http://127.0.0.1:9000', 'http://localhost:9000/path', 'http://[::1]:1'],
    [
      'http://anywhere',
      'http://localhost.example.com',
      'http://127.0.0.1.example.com',
      'http://user:pass@localhost',
      'https://user@gateway.example.com',
      'https://gateway.example.com#part',
      'ftp://gateway.example.com',
      'https:gateway.example.com',
      'gateway.example.com',
      'https://gateway example.com',
      '"https://gateway.example.com"',
    ],
  ]),
  [
    'EVENTS_URL',
    [
      'https://app.example.com/events?tenant=a',
      'http://localhost:4200',
      'http://127.0.0.1:4200/events',
      'http://[::1]:4200',
      'http://10.0.0.1',
      'http://172.16.0.1:8080/events',
      'http://172.31.255.255',
      'http://192.168.1.2/events?tenant=a',
      'http://[fd00::1]',
      'http://[::ffff:10.0.0.1]',
    ],
    [
      'http://app.example.com',
      'http://app.internal',
      'http://169.254.169.254/latest',
      'http://[fe80::1]',
      'http://[::ffff:169.254.169.254]',
      'http://0.0.0.0',
      'http://172.32.0.1',
      'http://11.0.0.1',
      'http://100.64.0.1',
      'http://203.0.113.7',
      'http://[2001:db8::1]',
      'http://10.0.0.1.example.com',
      'https://user:pass@app.example.com',
      'https://app.example.com/#part',
      'ftp://10.0.0.1',
      'app.example.com/events',
    ],
  ],
  [
    'EMAIL_PROVIDER',
    ['none', 'inbox', ' inbox '],
    ['none,ses', 'ses,ses', 'SES', 'ses inbox', 'inbox;ses', 'mail'],
  ],
  ['SMS_PROVIDER', ['none', 'inbox'], ['none,inbox', 'inbox,inbox', 'SENS', 'sens|inbox']],
  [
    'AWS_REGION',
    ['ap-northeast-2', 'us-gov-west-1'],
    ['seoul', 'AP-NORTHEAST-2', 'ap-northeast', 'ap-northeast-2a', 'ap northeast 2'],
  ],
  [
    'EMAIL_FROM',
    [
      'a@example.com',
      'Name <a@example.com>',
      '"Ex, \\"Q\\" Co" <a@example.com>',
      '=?UTF-8?B?7J247Kad?= <a@example.com>',
    ],
    [
      '"Name <a@example.com>"',
      'Name',
      'a@example.com, b@example.com',
      'Example, Inc. <a@example.com>',
      'Team: a@example.com;',
      'Name <>',
      'Name <a@example.com',
      'Name <a@example.com> more',
      'Name <a@localhost>',
      '한글@example.com',
      'a b@example.com c@example.com',
      '=?UTF-8?B?bGluZQ0KYnJlYWs=?= <a@example.com>',
    ],
  ],
  ['SES_CONFIGURATION_SET', ['codes', 'My_Set-1'], ['my set', 'set/1', 's'.repeat(65)]],
  [
    'SES_TOPIC_ARN',
    ['arn:aws:sns:ap-northeast-2:123456789012:events'],
    [
      'arn:aws:sns:seoul:123456789012:events',
      'arn:aws:sns:ap-northeast-2:123456789012:events.fifo',
      'arn:aws:sqs:ap-northeast-2:123456789012:events',
      'events',
    ],
  ],
  [
    'SES_SMTP_HOST',
    ['smtp.example.com', '127.0.0.1'],
    ['smtp://smtp.example.com', 'smtp.example.com:587', 'a b'],
  ],
  [
    'SENS_SERVICE_ID',
    ['ncp:sms:kr:123456789012:project'],
    ['ncp:kkobizmsg:kr:1:x', 'ncp:sms:kr:1/../x', 'ncp:sms:kr:1?x', 'project'],
  ],
  [
    'SENS_ALIMTALK_SERVICE_ID',
    ['ncp:kkobizmsg:kr:1234567:project'],
    ['ncp:sms:kr:123456789012:project', 'ncp:kkobizmsg:kr:1/../x', 'ncp:kkobizmsg:kr:1?x'],
  ],
  ['SENS_ALIMTALK_CHANNEL', ['@injeung', '@인증상점'], ['injeung', '@', '@two words']],
  ['SENS_ALIMTALK_TEMPLATE_KO', ['verifyko1', 'KO-1_a'], ['two words', '인증']],
  ['SENS_ALIMTALK_TEMPLATE_EN', ['VERIFYEN1'], ['a b']],
  ['ALIMTALK_WAIT_SECONDS', ['3', '10', '120'], ['2', '121', '10s']],
  ['SOLAPI_API_KEY', ['NCSAYU7YDBXYORXC'], ['two words']],
  ['SOLAPI_FROM', ['0212345678', '02-1234-5678'], ['+82212345678', 'me']],
  ...['HTTP_PROVIDER_SECRET', 'EVENTS_SECRET'].map((variable): [string, string[], string[]] => [
    variable,
    [WEBHOOK_SECRET, `${WEBHOOK_SECRET},whsec_${'C'.repeat(32)}`],
    [
      'A'.repeat(32),
      `whsec_${'A'.repeat(28)}`,
      `whsec_${'A'.repeat(88)}`,
      'whsec_not base64 at all, but long enough',
      `${WEBHOOK_SECRET},${WEBHOOK_SECRET}`,
    ],
  ]),
  ['SENS_ACCESS_KEY', ['AKIAsomething'], ['two words', 'ключ', 'a\nb']],
  [
    'SENS_FROM',
    ['0212345678', '02-1234-5678', '15880000', '０２１２３４５６７８', '\u200b(02) 1234.5678'],
    ['+82212345678', '1234567', '010123456789', 'me'],
  ],
  ['SMS_COUNTRIES', ['KR', 'kr', 'kr, JP'], ['KOR', 'Korea', '82', 'KR,kr', 'KR JP', 'KR;JP']],
  [
    'TEST_RECIPIENTS',
    [
      '+821000000000=123456',
      'a@example.com=1234, +821000000000=0123456789,',
      '\u200bA＠example.com=１２３４５６, +82 10-0000-0000 = 1234',
    ],
    [
      'a@example.com',
      'a@example.com=123',
      'a@example.com=12345678901',
      'a@example.com=①②③④⑤⑥',
      'a@example.com:123456',
      '01000000000=123456',
      'a@example.com=123456,a@EXAMPLE.com=654321',
      'a@example.com=123456,A@example.com=654321',
    ],
  ],
])('%s', (variable, accepted, refused) => {
  // Settings of an incomplete provider cause other faults, which are left out.
  const own = (value: string) =>
    faultsOf({ [variable]: value, HUMAN_CHECK_SECRET: variable === 'HUMAN_CHECK_URL' ? 's' : '' }).filter(
      (fault) => fault.startsWith(`${variable}:`),
    );

  it.each(accepted)('accepts %j', (value) => expect(own(value)).toEqual([]));

  it.each(refused)('refuses %j with one fault that does not contain the value', (value) => {
    const faults = own(value);
    expect(faults).toHaveLength(1);
    if (value.length > 12) expect(faults[0]).not.toContain(value);
  });
});

describe('a file that is the value of a setting', () => {
  const databaseUrl = (parameters: string) => `postgres://db.example.com/injeung?${parameters}`;

  it('must contain certificates in PEM format for SMTP_CA_FILE', () => {
    expect(faultsOf({ SMTP_CA_FILE: CERTIFICATE })).toEqual([]);
    expect(faultsOf({ SMTP_CA_FILE: join(dir, 'two.pem') })).toEqual([]);
    for (const file of ['/nope', dir, KEY, join(dir, 'text.pem'), join(dir, 'damaged.pem')])
      expect(faultsOf({ SMTP_CA_FILE: file })).toEqual([
        expect.stringMatching(/^SMTP_CA_FILE: names a file/),
      ]);
  });

  it('must contain the authority, the certificate or its key for DATABASE_URL', () => {
    const fine = `sslrootcert=${CERTIFICATE}&sslcert=${CERTIFICATE}&sslkey=${KEY}`;
    expect(faultsOf({ DATABASE_URL: databaseUrl(`sslmode=verify-full&${fine}`) })).toEqual([]);
    expect(faultsOf({ DATABASE_URL: databaseUrl('sslmode=disable&sslrootcert=/nope') })).toEqual([]);
    for (const wrong of [
      'sslrootcert=/nope',
      `sslrootcert=${join(dir, 'text.pem')}`,
      `sslcert=/nope&sslkey=${KEY}`,
      `sslcert=${CERTIFICATE}&sslkey=/nope`,
      `sslcert=${CERTIFICATE}&sslkey=${CERTIFICATE}`,
      `sslcert=${join(dir, 'text.pem')}&sslkey=${KEY}`,
    ])
      expect(faultsOf({ DATABASE_URL: databaseUrl(`sslmode=require&${wrong}`) })).toEqual([
        expect.stringMatching(/^DATABASE_URL: ssl(rootcert|cert|key) names a file/),
      ]);
  });
});

describe('settings that contradict each other', () => {
  it('are refused when operators and applications have the same key', () => {
    expect(faultsOf({ ADMIN_API_KEYS: `ops:${LONG}`, APP_API_KEYS: LONG })).toEqual([
      expect.stringContaining('APP_API_KEYS: must not contain a key of ADMIN_API_KEYS'),
    ]);
  });

  it('are refused when half of a pair of AWS keys is missing, which the SDK would ignore', () => {
    expect(faultsOf({ AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE' })[0]).toMatch(/^AWS_SECRET_ACCESS_KEY: is required/);
    expect(faultsOf({ AWS_SECRET_ACCESS_KEY: 'secret' })[0]).toMatch(/^AWS_ACCESS_KEY_ID: is required/);
  });

  it('are refused when a topic is in another region than SES', () => {
    const ses = {
      EMAIL_PROVIDER: 'ses',
      EMAIL_FROM: 'a@example.com',
      SES_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:events',
    };
    expect(faultsOf(ses)).toEqual([expect.stringMatching(/^SES_TOPIC_ARN: .*ap-northeast-2/)]);
    expect(faultsOf({ ...ses, AWS_REGION: 'us-east-1' })).toEqual([]);
    expect(faultsOf({ ...ses, AWS_DEFAULT_REGION: 'us-east-1' })).toEqual([]);
  });

  it('are reported once when a provider is not allowed in production', () => {
    const production = { NODE_ENV: 'production', INJEUNG_SECRET: LONG, SMS_PROVIDER: 'none' };
    expect(faultsOf({ ...production, EMAIL_PROVIDER: 'pigeon' })).toEqual([
      expect.stringMatching(/^EMAIL_PROVIDER: must be none or a list of /),
    ]);
  });

  it('are ignored when they belong to a channel that is switched off', () => {
    expect(
      faultsOf({ SMS_PROVIDER: 'none', SENS_FROM: 'me', SMS_CODE_LENGTH: '99', SENS_ENDPOINT: 'x' }),
    ).toEqual([]);
    expect(
      faultsOf({ EMAIL_PROVIDER: 'none', SMTP_URL: 'x', EMAIL_FROM: 'x', SMTP_CA_FILE: '/nope' }),
    ).toEqual([]);
  });

  it.each([
    ['EMAIL_PROVIDER', 'SMS_PROVIDER'],
    ['SMS_PROVIDER', 'EMAIL_PROVIDER'],
  ])('requires the gateway by %s=http, whether %s is on or off', (using, other) => {
    for (const names of ['inbox', 'none', 'http']) {
      const gateway = { [using]: 'http', [other]: names };
      expect(faultsOf(gateway)).toEqual([
        expect.stringMatching(/^HTTP_PROVIDER_URL: is required by (EMAIL|SMS)_PROVIDER=http/),
        expect.stringMatching(/^HTTP_PROVIDER_SECRET: is required by (EMAIL|SMS)_PROVIDER=http/),
      ]);
      const complete = { ...gateway, HTTP_PROVIDER_URL: 'https://gateway.example.com/messages?key=1' };
      expect(faultsOf({ ...complete, HTTP_PROVIDER_SECRET: WEBHOOK_SECRET })).toEqual([]);
    }
    expect(faultsOf({ [using]: 'none', [other]: 'inbox' })).toEqual([]);
  });

  it('requires EVENTS_SECRET with EVENTS_URL and the other way round, and shows neither', () => {
    const url = 'http://10.0.0.1/events?key=of-the-receiver';
    const withUrl = faultsOf({ EVENTS_URL: url });
    const withSecret = faultsOf({ EVENTS_SECRET: WEBHOOK_SECRET });
    expect(withUrl).toEqual([expect.stringMatching(/^EVENTS_SECRET: is required by EVENTS_URL/)]);
    expect(withSecret).toEqual([expect.stringMatching(/^EVENTS_URL: is required by EVENTS_SECRET/)]);
    const wrong = faultsOf({ EVENTS_URL: `${url}#part`, EVENTS_SECRET: `${WEBHOOK_SECRET}=` });
    expect(wrong).toHaveLength(2);
    expect([...withUrl, ...withSecret, ...wrong].join()).not.toMatch(/of-the-receiver|AbC/);
    expect(faultsOf({ EVENTS_URL: url, EVENTS_SECRET: WEBHOOK_SECRET })).toEqual([]);
    expect(faultsOf({})).toEqual([]);
  });
});

describe('a text in a setting or template', () => {
  const decomposed = '인증'.normalize('NFD');

  it('is composed, regardless of the keyboard that it was typed on', () => {
    const { channels, templates } = readConfig({
      BRAND_NAME: decomposed,
      EMAIL_FROM: `${decomposed} <a@example.com>`,
    });
    expect(channels).toMatchObject({ brandName: '인증', emailFrom: { name: '인증' } });
    expect(templates.brandName).toBe('인증');
  });

  it('is also composed in files of templates', () => {
    const own = join(dir, 'own');
    mkdirSync(join(own, 'ko'), { recursive: true });
    writeFileSync(join(own, 'ko/sms.text.liquid'), `${decomposed} {{ code }}`);
    expect(faultsOf({ TEMPLATES_DIR: own })).toEqual([]);
  });

  it('is checked together with all other settings', () => {
    expect(faultsOf({ PORT: 'x', BRAND_NAME: 'Café', TEMPLATES_DIR: '/nope' })).toEqual([
      expect.stringMatching(/^PORT: /),
      'TEMPLATES_DIR: names a directory that cannot be read (ENOENT)',
      expect.stringMatching(/^BRAND_NAME: ko\/sms\.text\.liquid: Korean carriers cannot transmit "é"/),
      expect.stringMatching(/^BRAND_NAME: en\/sms\.text\.liquid: /),
    ]);
  });

  it('is not checked for a channel that is switched off', () => {
    expect(faultsOf({ SMS_PROVIDER: 'none', BRAND_NAME: 'Café' })).toEqual([]);
    const own = join(dir, 'sms');
    mkdirSync(join(own, 'ko'), { recursive: true });
    writeFileSync(join(own, 'ko/sms.text.liquid'), '{{ broken');
    writeFileSync(join(own, 'ko/email.subject.liquid'), '{{ broken');
    const variables = (off: string) =>
      faultsOf({ TEMPLATES_DIR: own, [off]: 'none' }).map((line) => line.split(':')[1]);
    expect(variables('SMS_PROVIDER')).toEqual([' ko/email.subject.liquid']);
    expect(variables('EMAIL_PROVIDER')).toEqual([' ko/sms.text.liquid']);
  });
});

it('a setting that is a list can have a line break at a comma, as YAML writes long lists', () => {
  const { corsOrigins } = readConfig({ CORS_ORIGINS: 'https://a.example.com,\n  https://b.example.com\n' });
  expect(corsOrigins).toEqual(['https://a.example.com', 'https://b.example.com']);
});

it('CORS_ORIGINS: a wildcard matches whole labels below its host, with the same scheme and port', () => {
  const [pattern] = allowedOrigins(['https://*.example.com']) as [RegExp];
  for (const origin of ['https://a.example.com', 'https://a.b.example.com', 'https://xn--o39a.example.com'])
    expect(origin).toMatch(pattern);
  for (const origin of [
    'https://example.com',
    'http://a.example.com',
    'https://evil-example.com',
    'https://a.example.com.evil.com',
    'https://a.examplexcom',
    'https://a.example.com:8443',
    'https://.example.com',
    'https://a..example.com',
    'https://evil.com/.example.com',
    'https://evil.com#.example.com',
    'https://a.example.com\n',
  ])
    expect(origin).not.toMatch(pattern);
  expect(allowedOrigins(['https://app.example.com'])).toEqual(['https://app.example.com']);
});
