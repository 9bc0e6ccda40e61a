import {
  type AcceptedSend,
  DeliveryError,
  type OutgoingMessage,
  type Provider,
} from '../../src/channels/provider.types';
import { DIALECTS } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

/** A provider whose answers the test chooses. */
class ScriptedProvider implements Provider {
  readonly channel = 'EMAIL';
  readonly taken: OutgoingMessage[] = [];
  sends = 0;
  behave: (message: OutgoingMessage) => Promise<AcceptedSend> = async () => ({ providerMessageId: 'id' });

  constructor(readonly name: string) {}

  async send(message: OutgoingMessage): Promise<AcceptedSend> {
    this.sends += 1;
    const accepted = await this.behave(message);
    this.taken.push(message);
    return accepted;
  }
}

const fails =
  (kind: 'retryable' | 'permanent' | 'unknown', failure?: 'SENDER_REFUSED' | 'INVALID_RECIPIENT') =>
  async () => {
    throw new DeliveryError(kind, 'scripted', { failure });
  };

describe.each(DIALECTS)('delivery, on %s', (dialect) => {
  let first: ScriptedProvider;
  let second: ScriptedProvider;
  let clock: ManualClock;
  let app: TestApp;

  beforeEach(async () => {
    first = new ScriptedProvider('first');
    second = new ScriptedProvider('second');
    clock = new ManualClock();
    app = await TestApp.start(dialect, {}, { clock, providers: { EMAIL: [first, second] } });
  });
  afterEach(() => app.close());

  const request = async (email = 'user@example.com') =>
    (await app.requestEmail(email)).data.requestEmailCode.id as string;

  /** Advances the clock, because a send that ended after the clock was set may have made the delivery due later. */
  const ended = (id: string) =>
    until(async () => {
      clock.advance(1);
      const { delivery } = await app.verification(id);
      return delivery.status === 'FAILED' ? delivery : null;
    });

  it('goes to the next provider at once when the first one fails', async () => {
    first.behave = fails('retryable');
    await app.delivered(await request(), 'SENT');
    expect([first.sends, second.sends]).toEqual([1, 1]);
  });

  it('stores any answer of a provider, whatever characters it contains, and sends once', async () => {
    first.behave = async () => {
      throw new DeliveryError('retryable', `zero \0 and no end: ${'x'.repeat(10_000)}`);
    };
    second.behave = async () => ({ providerMessageId: 'an id\0 with a zero' });
    const id = await request();
    await app.delivered(id, 'SENT');
    const { data } = await app.admin(
      `{ deliveries(first: 1) { edges { node { lastError providerMessageId } } } }`,
    );
    const [{ node }] = data.deliveries.edges;
    expect(node.lastError).toMatch(/^first: zero {3}and no end: x{400}/);
    expect(node.lastError.length).toBeLessThanOrEqual(500);
    expect(node.providerMessageId).toBe('an id  with a zero');
    expect([first.sends, second.sends]).toEqual([1, 1]);
  });

  it('rules out a provider that refuses the sender, and fails when all do', async () => {
    first.behave = fails('permanent', 'SENDER_REFUSED');
    await app.delivered(await request(), 'SENT');
    second.behave = fails('permanent', 'SENDER_REFUSED');
    expect(await app.delivered(await request('b@example.com'), 'FAILED')).toMatchObject({
      failure: 'SENDER_REFUSED',
    });
    expect([first.sends, second.sends]).toEqual([2, 2]);
  });

  it('ends after one send when the recipient is refused', async () => {
    first.behave = fails('permanent', 'INVALID_RECIPIENT');
    expect(await app.delivered(await request(), 'FAILED')).toMatchObject({ failure: 'INVALID_RECIPIENT' });
    expect([first.sends, second.sends]).toEqual([1, 0]);
  });

  it('calls the providers in turn, with a pause after each round, until one accepts the message', async () => {
    first.behave = second.behave = fails('retryable');
    const id = await request();
    await until(() => (second.sends === 1 ? true : null));
    expect((await app.verification(id)).delivery).toMatchObject({ status: 'QUEUED', failure: null });
    first.behave = async () => ({ providerMessageId: 'late' });
    await until(() => {
      clock.advance(1);
      return first.taken.length > 0 ? true : null;
    });
    await app.delivered(id, 'SENT');
  });

  it('sends nothing after the code expired, was used or was canceled while the providers failed', async () => {
    first.behave = second.behave = fails('retryable');
    const [expired, canceled, used] = await Promise.all(
      ['a', 'b', 'c'].map((name) => request(`${name}@example.com`)),
    );
    await until(() => (second.sends >= 3 ? true : null));
    await app.gql(`mutation ($id: ID!) { cancelVerification(verificationId: $id) { id } }`, { id: canceled });
    clock.advance(1);
    const wrong = Array.from({ length: 5 }, () => app.verify(used!, '000000'));
    await Promise.all(wrong);
    clock.advance(60);
    expect(await ended(canceled!)).toMatchObject({ failure: 'NO_LONGER_NEEDED' });
    expect(await ended(used!)).toMatchObject({ failure: 'NO_LONGER_NEEDED' });
    clock.advance(1_800);
    expect(await ended(expired!)).toMatchObject({ failure: 'EXPIRED' });
    first.behave = async () => ({ providerMessageId: 'back' });
    clock.advance(60);
    await app.delivered(await request('d@example.com'), 'SENT');
    expect(first.taken.map(({ to }) => to)).toEqual(['d@example.com']);
  });

  const takesBack = 'takes back the lease of a node that died between commit and send, and sends once';
  // An SQLite database has one server, which releases its leases when it starts: test/e2e/process.test.ts.
  const onManyNodes = dialect === 'postgres' ? it : (): void => undefined;
  onManyNodes(takesBack, async () => {
    const settings = { clock, providers: { EMAIL: [first] }, dispatcherPollMs: 1e9 };
    first.behave = () => new Promise(() => undefined); // A node that was paused: it never answers.
    const dead = await TestApp.on(app.database, { SEND_TIMEOUT_MS: '100' }, settings);
    await dead.requestEmail('user@example.com');
    await until(() => first.sends === 1 || null);
    first.behave = async () => ({ providerMessageId: 'second try' });
    clock.advance(31);
    await until(() => first.taken.length > 0 || null);
    await dead.close();
    expect(first.sends).toBe(2);
  });

  it('delays neither the other channel nor its own end while a provider accepts few messages per second', async () => {
    const sms = new ScriptedProvider('sms');
    Object.assign(sms, { channel: 'SMS' });
    Object.assign(first, { maxPerSecond: async () => 4 });
    await app.stop();
    const providers = { EMAIL: [first], SMS: [sms] };
    app = await TestApp.on(app.database, { SEND_CONCURRENCY: '4' }, { providers });
    const mails = await Promise.all(Array.from({ length: 20 }, (_, n) => request(`slow-${n}@example.com`)));
    const { id } = (await app.requestSms('01012345678')).data.requestSmsCode;
    await app.delivered(id, 'SENT');
    expect(first.taken.length).toBeLessThan(20);
    for (const mail of mails) await app.delivered(mail, 'SENT');
    expect(first.sends).toBe(20);
  });

  it('refuses a resend by a channel that was switched off', async () => {
    const id = await request();
    await app.restart({ EMAIL_PROVIDER: 'none' });
    const { errors } = await app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`, {
      id,
    });
    expect(errors![0]!.extensions.code).toBe('CHANNEL_UNAVAILABLE');
  });

  it('does not send a message twice when the clock jumps past the lease during its send', async () => {
    let answer = (_: AcceptedSend) => undefined as void;
    first.behave = () => new Promise((resolve) => (answer = resolve));
    const id = await request();
    await until(() => (first.sends === 1 ? true : null));
    clock.advance(31);
    await until(() => app.log.some((line) => line.includes('was renewed')) || null);
    answer({ providerMessageId: 'once' });
    await app.delivered(id, 'SENT');
    expect(first.sends).toBe(1);
  });

  it('sends the deliveries that a burst left in the queue beyond its concurrency', async () => {
    await app.stop();
    app = await TestApp.start(dialect, { SEND_CONCURRENCY: '2' }, { clock, providers: { EMAIL: [first] } });
    const ids = await Promise.all(
      Array.from({ length: 60 }, (_, number) => request(`burst-${number}@example.com`)),
    );
    for (const id of ids) await app.delivered(id, 'SENT');
    expect(new Set(first.taken.map(({ verificationId }) => verificationId)).size).toBe(60);
    expect(first.taken).toHaveLength(60);
  });
});
