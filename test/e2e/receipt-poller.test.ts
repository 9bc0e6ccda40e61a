import { type AcceptedSend, type Provider, type Receipt } from '../../src/channels/provider.types';
import { DIALECTS } from '../support/databases';
import { FakeSens } from '../support/fake-sens';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

describe.each(DIALECTS)('queries for receipts, on %s,', (dialect) => {
  it('take all messages that are due in one turn, however many there are', async () => {
    let queries = 0;
    const provider: Provider = {
      name: 'queried',
      channel: 'EMAIL',
      send: async ({ to }): Promise<AcceptedSend> => ({ providerMessageId: to }),
      receipt: async (): Promise<Receipt> => {
        queries += 1;
        return { state: 'delivered' };
      },
    };
    // Turns are 2 s apart.
    const turns = { providers: { EMAIL: [provider] }, firstReceiptMs: 4_000 };
    const app = await TestApp.start(dialect, {}, turns);
    const requests = Array.from({ length: 50 }, (_, n) => app.requestEmail(`user${n}@example.com`));
    await Promise.all(requests);
    await until(() => queries > 0 || null);
    const firstAt = performance.now();
    await until(() => queries === 50 || null);
    expect(performance.now() - firstAt).toBeLessThan(1_900);
    await app.close();
  });

  it.each([
    ['hang', { delayMs: 60_000 }],
    ['are refused', { status: 503 }],
  ])('that %s do not delay the next provider', async (_how, misbehaviour) => {
    const sens = await FakeSens.start();
    const env = {
      ...sens.alimtalkEnvironment,
      SMS_PROVIDER: 'sens-alimtalk,sens',
      ALIMTALK_WAIT_SECONDS: '3',
      SEND_TIMEOUT_MS: '5000',
    };
    const app = await TestApp.start(dialect, env);
    await sens.waitForCalls(1, /templates/);
    sens.answerReads(({ target }) => (target.includes('/messages') ? misbehaviour : null));
    await app.requestSms('01012345678');
    await sens.alimtalk.waitForMessages(1);
    const acceptedAt = performance.now();
    await sens.waitForMessages(1);
    const waitedMs = performance.now() - acceptedAt;
    expect(waitedMs).toBeGreaterThan(2_900);
    expect(waitedMs).toBeLessThan(5_000);
    await app.close();
    await sens.close();
  });
});
