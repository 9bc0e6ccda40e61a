import { FakeSens } from '../../../../test/support/fake-sens';
import { TestApp } from '../../../../test/support/test-app';
import { createClient } from '../../src/client/create-client';
import { type Accepted, type Client } from '../../src/client/client.types';
import { type Verification } from '../../src/client/verification.types';
import { UnreliableNetwork } from '../support/unreliable-network';

const NUMBER = '010-1234-5678';

describe('watchDelivery', () => {
  let sens: FakeSens;
  let app: TestApp;
  let network: UnreliableNetwork;
  let client: Client;
  beforeEach(async () => {
    sens = await FakeSens.start();
    network = new UnreliableNetwork();
    app = await TestApp.start('sqlite', sens.environment);
    client = createClient({ endpoint: `${app.url}/graphql`, fetch: network.fetch });
  });
  afterEach(async () => {
    await app.close();
    await sens.close();
  });

  const request = async () => {
    const result = await client.requestSmsCode({ phoneNumber: NUMBER });
    expect(result).toMatchObject({ ok: true });
    return (result as Accepted).verification.id;
  };
  const watched = async (id: string, signal?: AbortSignal) => {
    const seen: Verification[] = [];
    for await (const verification of client.watchDelivery(id, { signal })) seen.push(verification);
    return seen;
  };

  it('ends when the message is delivered, and yields each change once', async () => {
    const seen = await watched(await request());
    const statuses = seen.map(({ delivery }) => delivery.status);
    expect(statuses.at(-1)).toBe('DELIVERED');
    expect(new Set(statuses).size).toBe(statuses.length);
  });

  it('ends with the failure when the message does not arrive', async () => {
    sens.results.set('01012345678', ['3003']);
    const seen = await watched(await request());
    expect(seen.at(-1)!.delivery).toMatchObject({ status: 'FAILED', failure: 'INVALID_RECIPIENT' });
  });

  it('survives lost calls', async () => {
    const id = await request();
    network.failNext('verification', 'lost-call', 503);
    expect((await watched(id)).at(-1)!.delivery.status).toBe('DELIVERED');
  });

  it('ends when the verification has ended, and at once for an unknown id', async () => {
    const id = await request();
    await client.cancel(id);
    expect((await watched(id)).map(({ status }) => status)).toEqual(['CANCELED']);
    expect(await watched('unknown')).toEqual([]);
  });

  it('ends without an error when its signal is aborted', async () => {
    sens.results.set('01012345678', ['PENDING']);
    const id = await request();
    const ending = new AbortController();
    for await (const { id: seen } of client.watchDelivery(id, { signal: ending.signal })) {
      expect(seen).toBe(id);
      ending.abort();
    }
    network.failAll('lost-call');
    expect(await watched(id, AbortSignal.abort())).toEqual([]);
  });

  it('ends when the code has expired although the server does not answer any more', async () => {
    sens.answerAlways({ status: 503 });
    await app.restart({ SMS_CODE_TTL_SECONDS: '1' });
    client = createClient({ endpoint: `${app.url}/graphql`, fetch: network.fetch });
    const id = await request();
    const seen: string[] = [];
    for await (const { status } of client.watchDelivery(id)) {
      seen.push(status);
      network.failAll('lost-call');
    }
    expect(seen).toEqual(['PENDING']);
  });
});
