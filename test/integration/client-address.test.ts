import { DIALECTS } from '../support/databases';
import { FakeSiteverify } from '../support/fake-siteverify';
import { ADMIN_KEY, type GraphQLAnswer, TestApp } from '../support/test-app';

const APP_KEY = 'application-key-of-the-test-suite';
const RESEND = `mutation ($id: ID!, $clientIp: String, $humanToken: String) {
  resendCode(verificationId: $id, clientIp: $clientIp, humanToken: $humanToken) { id } }`;
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const limitOf = ({ errors }: GraphQLAnswer) => errors?.[0]?.extensions.limit ?? 'OK';
const extensionsOf = ({ errors }: GraphQLAnswer) => errors?.[0]?.extensions;

describe.each(DIALECTS)('the address of a client in clientIp, on %s,', (dialect) => {
  let app: TestApp;
  let site: FakeSiteverify;
  beforeEach(async () => {
    site = await FakeSiteverify.start();
  });
  afterEach(async () => {
    await app.close();
    await site.close();
  });
  const start = async (env: Record<string, string>) => (app = await TestApp.start(dialect, env));
  const key = bearer(APP_KEY);

  it.each([
    ['203.0.113.7', ['203.0.113.7:4711', '::ffff:203.0.113.7', '[::ffff:cb00:7107]:443']],
    ['2001:db8::1', ['[2001:db8::1]:443', '2001:DB8:0:0:0:0:0:1', '2001:db8::1%eth0']],
  ])(
    '%s, is the same for the limits and for the human check in every form that a proxy writes',
    async (address, forms) => {
      await start({ ...site.environment('always'), TRUST_PROXY: '1', IP_HOURLY_LIMIT: String(forms.length) });
      const ask = (form: string, n: number) =>
        app.requestEmail(`n${n}@example.com`, { humanToken: site.token() }, { 'x-forwarded-for': form });
      for (const [n, form] of forms.entries()) {
        expect([form, extensionsOf(await ask(form, n))]).toEqual([form, undefined]);
        expect([form, site.forms.at(-1)!.remoteip]).toEqual([form, address]);
      }
      expect(extensionsOf(await ask(address, 99))).toMatchObject({ limit: 'IP_HOURLY' });
    },
  );

  it('is read from clientIp of a resend or a request with an application key', async () => {
    await start({ ...site.environment(), APP_API_KEYS: APP_KEY, IP_HOURLY_LIMIT: '2' });
    const request = async (name: string, clientIp: string) =>
      (await app.requestEmail(`${name}@example.com`, { clientIp }, key)).data.requestEmailCode.id as string;
    const id = await request('first', '203.0.113.7');
    const resend = (clientIp: string | null, humanToken?: string) =>
      app.gql(RESEND, { id, clientIp, humanToken }, key);
    expect(extensionsOf(await resend('203.0.113.7:4711'))).toBeUndefined();
    expect(extensionsOf(await resend('203.0.113.7'))).toMatchObject({ limit: 'IP_HOURLY' });
    expect(extensionsOf(await resend('203.0.113.8'))).toBeUndefined();
    expect(extensionsOf(await resend(null))).toBeUndefined();
    expect(extensionsOf(await resend('203.0.113.7', site.token()))).toBeUndefined();
    expect(site.forms.at(-1)!.remoteip).toBe('203.0.113.7');
    expect(extensionsOf(await resend('home'))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'clientIp', rule: 'INVALID_IP_ADDRESS' }],
    });
  });

  it('is not read from clientIp of a caller without an application key', async () => {
    await start({ IP_HOURLY_LIMIT: '2' });
    const { id } = (await app.requestEmail('open@example.com', { clientIp: '203.0.113.1' })).data
      .requestEmailCode;
    const resend = (clientIp: string) => app.gql(RESEND, { id, clientIp });
    expect(extensionsOf(await resend('203.0.113.2'))).toBeUndefined();
    expect(extensionsOf(await resend('203.0.113.3'))).toMatchObject({ limit: 'IP_HOURLY' });
    expect(extensionsOf(await resend('home'))).toMatchObject({ limit: 'IP_HOURLY' });
  });
});

/** The test is the peer (127.0.0.1). So its X-Forwarded-For is treated like the header of a proxy. */
describe('the address of a client', () => {
  let app: TestApp;
  let asked = 0;
  afterEach(() => app.close());
  const start = async (env: Record<string, string>) =>
    (app = await TestApp.start('sqlite', { IP_HOURLY_LIMIT: '1', ...env }));
  const ask = async (forwardedFor?: string, headers: Record<string, string> = {}, input = {}) => {
    const forwarded = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
    return limitOf(
      await app.requestEmail(`caller-${asked++}@example.com`, input, { ...forwarded, ...headers }),
    );
  };

  it('is the peer when TRUST_PROXY is off, whatever the headers contain', async () => {
    await start({});
    expect(await ask()).toBe('OK');
    const forged = { 'x-real-ip': '192.0.2.9', forwarded: 'for=192.0.2.9', 'cf-connecting-ip': '192.0.2.9' };
    for (const chain of ['192.0.2.1', '192.0.2.1, 192.0.2.2', 'nonsense', ''])
      expect(await ask(chain, forged)).toBe('IP_HOURLY');
  });

  it('is the address that the proxy appended when TRUST_PROXY is on, and never an address before it', async () => {
    await start({ TRUST_PROXY: 'on' });
    expect(await ask('198.51.100.1, 192.0.2.1')).toBe('OK');
    expect(await ask('198.51.100.2, 192.0.2.1')).toBe('IP_HOURLY');
    expect(await ask('198.51.100.3, 198.51.100.4, 192.0.2.1')).toBe('IP_HOURLY');
    expect(await ask('192.0.2.1:50123')).toBe('IP_HOURLY');
    expect(await ask('192.0.2.1, 192.0.2.2')).toBe('OK');
    expect(await ask('2001:db8::1')).toBe('OK');
    expect(await ask('[2001:db8::2]:443')).toBe('IP_HOURLY');
    expect(await ask('::ffff:192.0.2.2')).toBe('IP_HOURLY');
  });

  it('is the same key for all callers whose proxy forwards no valid address', async () => {
    await start({ TRUST_PROXY: 'on' });
    expect(await ask('unknown')).toBe('OK');
    for (const chain of ['nonsense', '_hidden', '999.1.1.1', '192.0.2.1, ???'])
      expect(await ask(chain)).toBe('IP_HOURLY');
  });

  it('is as many hops from the server as TRUST_PROXY says', async () => {
    await start({ TRUST_PROXY: '2' });
    expect(await ask('198.51.100.1, 192.0.2.1, 10.0.0.1')).toBe('OK');
    expect(await ask('198.51.100.2, 192.0.2.1, 10.0.0.2')).toBe('IP_HOURLY');
    expect(await ask('192.0.2.1, 192.0.2.2, 10.0.0.1')).toBe('OK');
  });

  it('is the first address from the right that TRUST_PROXY does not list', async () => {
    await start({ TRUST_PROXY: '127.0.0.1,10.0.0.0/8' });
    expect(await ask('198.51.100.1, 192.0.2.1, 10.1.2.3, 10.0.0.1')).toBe('OK');
    expect(await ask('198.51.100.2, 192.0.2.1')).toBe('IP_HOURLY');
    expect(await ask('10.9.9.9, 192.0.2.1, 10.0.0.7')).toBe('IP_HOURLY');
    expect(await ask('192.0.2.1, 192.0.2.2')).toBe('OK');
  });

  it('is the peer when TRUST_PROXY does not list the peer', async () => {
    await start({ TRUST_PROXY: '10.0.0.0/8' });
    expect(await ask('192.0.2.1')).toBe('OK');
    expect(await ask('192.0.2.2')).toBe('IP_HOURLY');
  });

  it('is read from clientIp only with an application key', async () => {
    await start({ APP_API_KEYS: APP_KEY });
    const holder = bearer(APP_KEY);
    expect(await ask(undefined, holder, { clientIp: '192.0.2.1' })).toBe('OK');
    expect(await ask(undefined, holder, { clientIp: '192.0.2.1' })).toBe('IP_HOURLY');
    expect(await ask(undefined, holder, { clientIp: '192.0.2.2' })).toBe('OK');
    await app.restart({ APP_API_KEYS: '' });
    expect(await ask(undefined, {}, { clientIp: '192.0.2.3' })).toBe('OK');
    for (const headers of [{}, holder, bearer(ADMIN_KEY)])
      expect(await ask(undefined, headers, { clientIp: '192.0.2.4' })).toBe('IP_HOURLY');
  });
});
