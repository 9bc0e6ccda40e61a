import { DIALECTS } from '../support/databases';
import { FakeSiteverify } from '../support/fake-siteverify';
import { type GraphQLAnswer, TestApp } from '../support/test-app';

const APP_KEY = 'application-key-of-the-test-suite';
const RESEND = `mutation ($id: ID!, $clientIp: String, $humanToken: String) {
  resendCode(verificationId: $id, clientIp: $clientIp, humanToken: $humanToken) { id } }`;
const extensionsOf = ({ errors }: GraphQLAnswer) => errors?.[0]?.extensions;

describe.each(DIALECTS)('the address of a client, on %s,', (dialect) => {
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
  const key = { authorization: `Bearer ${APP_KEY}` };

  it.each([
    ['203.0.113.7', ['203.0.113.7:4711', '::ffff:203.0.113.7', '[::ffff:cb00:7107]:443']],
    ['2001:db8::1', ['[2001:db8::1]:443', '2001:DB8:0:0:0:0:0:1', '2001:db8::1%eth0']],
  ])(
    '%s, is the same for the limits and the human check in every form a proxy writes',
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

  it('is read from clientIp of a resend by the holder of an application key, as with a request', async () => {
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

  it('is not read from clientIp of anybody else', async () => {
    await start({ IP_HOURLY_LIMIT: '2' });
    const { id } = (await app.requestEmail('open@example.com', { clientIp: '203.0.113.1' })).data
      .requestEmailCode;
    const resend = (clientIp: string) => app.gql(RESEND, { id, clientIp });
    expect(extensionsOf(await resend('203.0.113.2'))).toBeUndefined();
    expect(extensionsOf(await resend('203.0.113.3'))).toMatchObject({ limit: 'IP_HOURLY' });
    expect(extensionsOf(await resend('home'))).toMatchObject({ limit: 'IP_HOURLY' });
  });
});
