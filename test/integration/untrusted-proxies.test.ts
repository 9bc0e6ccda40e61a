import { SCHEMA } from '../../src/app/schema';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDoctor } from '../../src/doctor/run-doctor';
import { TestApp } from '../support/test-app';

const PRODUCTION = {
  NODE_ENV: 'production',
  INJEUNG_SECRET: 'the master secret of the test suite is long enough',
  EMAIL_PROVIDER: 'none',
  SMS_PROVIDER: 'none',
  IP_HOURLY_LIMIT: '30',
};
const BEHIND: Record<string, string>[] = [
  { 'x-forwarded-for': '192.0.2.1' },
  { forwarded: 'for=192.0.2.1' },
  { 'x-real-ip': '192.0.2.1' },
  { 'cf-connecting-ip': '192.0.2.1' },
  { 'true-client-ip': '192.0.2.1' },
];

let app: TestApp;
afterEach(() => app.close());

const call = (headers: Record<string, string>) => fetch(`${app.url}/healthz`, { headers });
const warnings = () =>
  app.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes('TRUST_PROXY'));
const counted = async () => {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  return Number(/^injeung_untrusted_forwarding_requests_total (\d+)$/m.exec(text)?.[1] ?? 0);
};

describe('requests that an untrusted proxy forwards', () => {
  it.each(BEHIND)('lead to one warning, and are counted: %j', async (headers) => {
    app = await TestApp.start('sqlite', PRODUCTION);
    for (let n = 0; n < 5; n++) await call(headers);
    expect(warnings()).toEqual([
      expect.objectContaining({
        level: 40,
        headers: Object.keys(headers),
        msg: expect.stringContaining('30 codes'),
      }),
    ]);
    expect(JSON.stringify(warnings())).not.toContain('192.0.2.1');
    expect(await counted()).toBe(5);
  });

  it.each([
    ['TRUST_PROXY names another proxy', { TRUST_PROXY: '192.0.2.200' }, { 'x-forwarded-for': '192.0.2.1' }],
    ['the proxy sends no X-Forwarded-For', { TRUST_PROXY: 'on' }, { 'x-real-ip': '192.0.2.1' }],
  ])('lead to a warning when %s', async (_how, env, headers) => {
    app = await TestApp.start('sqlite', { ...PRODUCTION, ...env });
    await call(headers);
    expect(warnings()).toHaveLength(1);
  });

  it.each([
    [
      'TRUST_PROXY covers the proxy',
      { TRUST_PROXY: 'on' },
      { 'x-forwarded-for': '192.0.2.1', 'x-real-ip': '192.0.2.1' },
    ],
    ['no header names a client', {}, { via: '1.1 proxy' }],
    ['no limit goes by addresses', { IP_HOURLY_LIMIT: '0' }, { 'x-forwarded-for': '192.0.2.1' }],
    [
      'back ends pass on addresses themselves',
      { APP_API_KEYS: 'an-application-key-of-the-suite' },
      { 'x-forwarded-for': '192.0.2.1' },
    ],
  ])('lead to no warning when %s', async (_how, env, headers) => {
    app = await TestApp.start('sqlite', { ...PRODUCTION, ...env });
    await call(headers);
    expect([warnings(), await counted()]).toEqual([[], 0]);
  });
});

describe('the doctor, behind a proxy,', () => {
  const directory = mkdtempSync(join(tmpdir(), 'injeung-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const examine = async (env: Record<string, string> = {}) => {
    const { port } = new URL(app.url);
    const DATABASE_URL = `sqlite:${join(directory, 'new.sqlite')}`;
    const { findings } = await runDoctor({ ...PRODUCTION, DATABASE_URL, PORT: port, ...env }, SCHEMA);
    return findings
      .filter(({ check }) => check === 'proxy')
      .map(({ status, message }) => `${status} ${message}`);
  };

  it('reads from the running server whether an untrusted proxy forwards requests to it', async () => {
    app = await TestApp.start('sqlite', PRODUCTION);
    expect(await examine()).toEqual(['OK no request to the running server came through a proxy']);
    await call({ 'x-forwarded-for': '192.0.2.1' });
    for (const env of [{}, { HOST: '0.0.0.0' }, { TRUST_PROXY: '10.0.0.1' }] as Record<string, string>[])
      expect(await examine(env)).toEqual([
        expect.stringMatching(/^WARN the running server received 1 request.*30 codes an hour/),
      ]);
  });

  it('warns of settings that do not fit a proxy when no server runs', async () => {
    app = await TestApp.start('sqlite', PRODUCTION);
    const off = { PORT: '9' };
    expect(await examine(off)).toEqual([
      expect.stringMatching(/^WARN TRUST_PROXY is off: .*30 codes an hour/),
    ]);
    const fine: Record<string, string>[] = [
      { TRUST_PROXY: 'on' },
      { IP_HOURLY_LIMIT: '0' },
      { APP_API_KEYS: 'an-application-key-of-the-suite' },
    ];
    for (const env of fine) expect(await examine({ ...off, ...env })).toEqual([expect.stringMatching(/^OK/)]);
  });
});
