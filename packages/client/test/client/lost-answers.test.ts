import { ManualClock } from '../../../../test/support/manual-clock';
import { TestApp } from '../../../../test/support/test-app';
import { createClient } from '../../src/client/create-client';
import { type Client, type Accepted } from '../../src/client/client.types';
import { UnreliableNetwork } from '../support/unreliable-network';

const EMAIL = 'user@example.com';

describe('the client on an unreliable network', () => {
  let app: TestApp;
  let clock: ManualClock;
  let network: UnreliableNetwork;
  let client: Client;
  afterEach(() => app.close());

  const start = async (env: Record<string, string> = {}) => {
    clock = new ManualClock();
    network = new UnreliableNetwork();
    app = await TestApp.start('sqlite', env, { clock });
    client = createClient({ endpoint: `${app.url}/graphql`, fetch: network.fetch, deadlineMs: 5_000 });
  };
  const request = async () => {
    const result = await client.requestEmailCode({ email: EMAIL });
    expect(result).toMatchObject({ ok: true });
    const { id } = (result as Accepted).verification;
    await app.delivered(id);
    return id;
  };
  const messages = async () => (await app.inbox(EMAIL)).length;

  it('requests one code although calls and answers are lost', async () => {
    await start({ RESEND_COOLDOWN_SECONDS: '60' });
    network.failNext('requestEmailCode', 'lost-call', 'lost-answer', 502);
    await request();
    expect(network.arrived).toEqual(['requestEmailCode', 'requestEmailCode']);
    expect(await messages()).toBe(1);
  });

  it('returns the proof although the answer of the check is lost', async () => {
    await start();
    const verificationId = await request();
    network.failNext('verifyCode', 'lost-answer');
    const code = await app.codeFor(EMAIL);
    expect(await client.verifyCode({ verificationId, code })).toMatchObject({ ok: true });
  });

  it('returns NETWORK_ERROR at the deadline', async () => {
    await start();
    network.failAll('lost-call');
    const begin = performance.now();
    const result = await client.requestEmailCode({ email: EMAIL }, { deadlineMs: 700 });
    expect(result).toEqual({ ok: false, reason: 'NETWORK_ERROR' });
    expect(performance.now() - begin).toBeLessThan(1_500);
  });

  it('reports a resend as sent when only its answer was lost, and does not send it twice', async () => {
    await start({ RESEND_COOLDOWN_SECONDS: '60' });
    const verificationId = await request();
    clock.advance(60);
    network.failNext('verification', 504);
    network.failNext('resendCode', 'lost-answer');
    const result = await client.resendCode({ verificationId });
    expect(result).toMatchObject({ ok: true, verification: { resendInSeconds: 60 } });
    await app.delivered(verificationId);
    expect(network.arrived.filter((name) => name === 'resendCode')).toHaveLength(1);
    expect(await messages()).toBe(2);
  });

  it('repeats a resend that did not arrive while the cooldown prevents a second message', async () => {
    await start({ RESEND_COOLDOWN_SECONDS: '60' });
    const verificationId = await request();
    clock.advance(60);
    network.failNext('resendCode', 'lost-call');
    expect(await client.resendCode({ verificationId })).toMatchObject({ ok: true });
    await app.delivered(verificationId);
    expect(await messages()).toBe(2);
  });

  it('does not repeat a resend where no cooldown prevents a second message', async () => {
    await start({ RESEND_COOLDOWN_SECONDS: '0' });
    const verificationId = await request();
    network.failNext('resendCode', 'lost-call');
    expect(await client.resendCode({ verificationId })).toEqual({ ok: false, reason: 'NETWORK_ERROR' });
    expect(network.arrived.filter((name) => name === 'resendCode')).toEqual([]);
  });

  it('throws the reason of the signal when a call is aborted, and does not call again', async () => {
    await start();
    network.failAll('lost-call');
    const ending = new AbortController();
    const result = client.requestEmailCode({ email: EMAIL }, { signal: ending.signal });
    ending.abort(new Error('the page was left'));
    await expect(result).rejects.toThrow('the page was left');
    await expect(client.cancel('x', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
