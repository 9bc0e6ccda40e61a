import fc from 'fast-check';
import { DeliveryError, type Provider } from '../../src/channels/provider.types';
import {
  chooseProvider,
  decideNextStep,
  NEW_DELIVERY,
  type ProviderTraits,
} from '../../src/delivery/failover-rule';
import { traitsOf } from '../../src/delivery/provider-traits';
import { DIALECTS } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { readRows } from '../support/read-rows';
import { type Step, StepProvider, Steps } from '../support/step-provider';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const USER = 'user@example.com';
const NO_LIMITS = { IP_HOURLY_LIMIT: '0', EMAIL_CODE_TTL_SECONDS: '86400', SEND_CONCURRENCY: '64' };

describe.each(DIALECTS)('failover, on %s', (dialect) => {
  let steps: Steps;
  let clock: ManualClock;
  let app: TestApp;

  const start = async (providers: (of: Steps) => Provider[], env: Record<string, string> = {}) => {
    steps = new Steps();
    clock = new ManualClock();
    app = await TestApp.start(dialect, env, { clock, providers: { EMAIL: providers(steps) } });
  };
  afterEach(() => app.close());

  const request = async (email = USER) => (await app.requestEmail(email)).data.requestEmailCode.id as string;
  const resend = (id: string) =>
    app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`, { id });
  const sendsOf = (email = USER) => steps.sends.get(email) ?? [];
  /** Waits for a status while time passes. */
  const becomes = (id: string, ...statuses: string[]) =>
    until(async () => {
      clock.advance(1);
      const { delivery } = await app.verification(id);
      return statuses.includes(delivery.status) ? delivery : null;
    });
  const loggedSends = async () => {
    const document = `{ deliveries(first: 10) { edges { node { status sendCount
      sends { provider result failure detail providerMessageId } } } } }`;
    const { data } = await app.admin(document);
    return data.deliveries.edges.map(({ node }: any) => node);
  };
  const three = (of: Steps) => [
    new StepProvider('chat', of, { reachesOnlySome: true, receiptDeadlineMs: 10_000 }),
    new StepProvider('gateway', of, { canLookUp: true }),
    new StepProvider('other', of),
  ];

  it('sends the same code by the next provider when a receipt says that the message did not arrive', async () => {
    await start(three);
    steps.plan(USER, [
      { kind: 'not-delivered', failure: 'INVALID_RECIPIENT', retryable: false },
      { kind: 'not-delivered', failure: 'UNREACHABLE', retryable: true },
      { kind: 'delivered' },
    ]);
    const id = await request();
    expect(await becomes(id, 'DELIVERED', 'FAILED')).toMatchObject({ status: 'DELIVERED', failure: null });
    expect(sendsOf()).toEqual(['chat', 'gateway', 'other']);
    expect(steps.codes.get(USER)!.size).toBe(1);
    const [code] = steps.codes.get(USER)!;
    expect((await app.verify(id, code!)).data.verifyCode.verified).toBe(true);
  });

  it('keeps every send with its result for operators', async () => {
    await start(three);
    steps.plan(USER, [{ kind: 'skipped' }, { kind: 'retryable' }, { kind: 'delivered' }]);
    await becomes(await request(), 'DELIVERED');
    const accepted = { failure: null, detail: null, providerMessageId: expect.any(String) };
    const failed = { failure: null, detail: 'planned', providerMessageId: null };
    expect(await loggedSends()).toEqual([
      {
        status: 'DELIVERED',
        sendCount: 3,
        sends: [
          { provider: 'chat', result: 'SKIPPED', ...failed },
          { provider: 'gateway', result: 'TEMPORARY_ERROR', ...failed },
          { provider: 'other', result: 'DELIVERED', ...accepted },
        ],
      },
    ]);
  });

  it('keeps why a provider refused a message, and why an accepted one did not arrive', async () => {
    await start(three);
    steps.plan(USER, [
      { kind: 'permanent', failure: 'BLOCKED' },
      { kind: 'not-delivered', failure: 'SENDER_REFUSED', retryable: false },
      { kind: 'not-delivered', failure: 'INVALID_RECIPIENT', retryable: false },
    ]);
    expect(await becomes(await request(), 'FAILED')).toMatchObject({ failure: 'INVALID_RECIPIENT' });
    const [{ sends }] = await loggedSends();
    expect(sends).toMatchObject([
      { provider: 'chat', result: 'REFUSED', failure: 'BLOCKED', detail: 'P: planned' },
      { provider: 'gateway', result: 'NOT_DELIVERED', failure: 'SENDER_REFUSED', detail: 'R' },
      { provider: 'other', result: 'NOT_DELIVERED', failure: 'INVALID_RECIPIENT', detail: 'R' },
    ]);
  });

  it('shows a message as queued or sent, and never as failed, while it moves between providers', async () => {
    await start(three);
    const seen = new Set<string>();
    steps.plan(USER, [
      { kind: 'pending' },
      { kind: 'not-delivered', failure: 'SENDER_REFUSED', retryable: false },
      { kind: 'delivered' },
    ]);
    const id = await request();
    await until(async () => {
      clock.advance(0.5);
      const { status } = (await app.verification(id)).delivery;
      seen.add(status);
      return status === 'DELIVERED' || null;
    });
    expect([...seen].filter((status) => !['QUEUED', 'SENT', 'DELIVERED'].includes(status))).toEqual([]);
    expect(sendsOf()).toEqual(['chat', 'gateway', 'other']);
  });

  describe('without a receipt in time', () => {
    it('passes the message on, and a late receipt of the first provider makes it DELIVERED', async () => {
      await start(three);
      steps.plan(USER, [{ kind: 'pending' }, { kind: 'pending' }]);
      const id = await request();
      await becomes(id, 'SENT');
      await until(() => {
        clock.advance(1);
        return sendsOf().length === 2 || null;
      });
      expect(sendsOf()).toEqual(['chat', 'gateway']);
      steps.report(`${USER} 1`, { kind: 'delivered' });
      await becomes(id, 'DELIVERED');
      const [{ sends }] = await loggedSends();
      expect(sends).toMatchObject([
        { provider: 'chat', result: 'DELIVERED' },
        { provider: 'gateway', result: 'ACCEPTED' },
      ]);
    });

    it('does not pass the message on before the deadline', async () => {
      await start(three);
      steps.plan(USER, [{ kind: 'pending' }]);
      const id = await request();
      await app.delivered(id, 'SENT');
      for (let second = 0; second < 9; second++) {
        clock.advance(1);
        await app.verification(id);
      }
      expect(sendsOf()).toEqual(['chat']);
    });

    it('lets the delivery wait for the receipt when no other provider is left', async () => {
      await start((of) => three(of).slice(0, 1));
      steps.plan(USER, [{ kind: 'pending' }]);
      const id = await request();
      await app.delivered(id, 'SENT');
      for (let second = 0; second < 30; second++) {
        clock.advance(1);
        await app.verification(id);
      }
      expect((await app.verification(id)).delivery.status).toBe('SENT');
      steps.report(`${USER} 1`, { kind: 'delivered' });
      await becomes(id, 'DELIVERED');
    });

    it('makes a delivery DELIVERED by a late receipt although its last provider refused the recipient', async () => {
      await start(three);
      steps.plan(USER, [{ kind: 'pending' }, { kind: 'permanent', failure: 'INVALID_RECIPIENT' }]);
      const id = await request();
      expect(await becomes(id, 'FAILED')).toMatchObject({ failure: 'INVALID_RECIPIENT' });
      steps.report(`${USER} 1`, { kind: 'delivered' });
      expect(await becomes(id, 'DELIVERED')).toMatchObject({ failure: null });
      expect(sendsOf()).toEqual(['chat', 'gateway']);
    });
  });

  it('sends nothing more after a late receipt of an earlier provider, while the next one cannot accept', async () => {
    await start(three);
    const busy: Step[] = Array.from({ length: 40 }, () => ({ kind: 'retryable' }));
    steps.plan(USER, [{ kind: 'pending' }, ...busy]);
    const id = await request();
    await until(() => {
      clock.advance(1);
      return sendsOf().length >= 3 || null;
    });
    steps.report(`${USER} 1`, { kind: 'delivered' });
    await becomes(id, 'DELIVERED');
    await app.verification(id);
    const sent = sendsOf().length;
    for (let second = 0; second < 60; second++) {
      clock.advance(1);
      await app.verification(id);
    }
    expect(sendsOf()).toHaveLength(sent);
  });

  it('does not move a message on once its code was used', async () => {
    await start(three);
    steps.plan(USER, [{ kind: 'pending' }]);
    const id = await request();
    await app.delivered(id, 'SENT');
    const [code] = steps.codes.get(USER)!;
    await app.verify(id, code!);
    for (let second = 0; second < 30; second++) {
      clock.advance(1);
      await app.verification(id);
    }
    expect(sendsOf()).toEqual(['chat']);
  });

  it('counts a message once in the limits, however many providers send it', async () => {
    await start(three, { RECIPIENT_HOURLY_LIMIT: '2' });
    const fails: Step = { kind: 'not-delivered', failure: 'SENDER_REFUSED', retryable: false };
    steps.plan(USER, [fails, fails, { kind: 'delivered' }]);
    await becomes(await request(), 'DELIVERED');
    await becomes(await request(), 'DELIVERED');
    expect((await app.requestEmail(USER)).errors![0]!.extensions).toMatchObject({
      code: 'RATE_LIMITED',
      limit: 'RECIPIENT_HOURLY',
    });
  });

  describe('a resend', () => {
    it('starts with the next provider, round the list, while the last message is not known to be delivered', async () => {
      await start((of) => three(of).slice(1));
      steps.plan(USER, [{ kind: 'pending' }, { kind: 'pending' }, { kind: 'pending' }]);
      const id = await request();
      await app.delivered(id, 'SENT');
      for (const count of [2, 3]) {
        clock.advance(1);
        await resend(id);
        await until(() => sendsOf().length === count || null);
        await app.delivered(id, 'SENT');
      }
      expect(sendsOf()).toEqual(['gateway', 'other', 'gateway']);
    });

    it('starts with the first provider again when the last message arrived', async () => {
      await start((of) => three(of).slice(1));
      const id = await request();
      await becomes(id, 'DELIVERED');
      await resend(id);
      await until(() => sendsOf().length === 2 || null);
      expect(sendsOf()).toEqual(['gateway', 'gateway']);
    });
  });

  it('pauses a provider that asks for it, and not the messages', async () => {
    await start((of) => {
      const paused = new StepProvider('paused', of);
      let calls = 0;
      paused.send = async () => {
        calls += 1;
        of.sends.set(
          'paused calls',
          Array.from({ length: calls }, () => 'paused'),
        );
        throw new DeliveryError('retryable', '429', { retryAfterMs: 60_000 });
      };
      return [paused, new StepProvider('other', of)];
    });
    await becomes(await request('a@example.com'), 'DELIVERED');
    await becomes(await request('b@example.com'), 'DELIVERED');
    await becomes(await request('c@example.com'), 'DELIVERED');
    expect(sendsOf('paused calls')).toHaveLength(1);
    expect(sendsOf('c@example.com')).toEqual(['other']);
  });

  it('repeats an unknown outcome at a provider that deduplicates twice, and then passes the message on', async () => {
    await start((of) => [
      new StepProvider('gateway', of, { deduplicates: true }),
      new StepProvider('other', of),
    ]);
    steps.plan(USER, [{ kind: 'unknown' }, { kind: 'unknown' }, { kind: 'unknown' }]);
    await becomes(await request(), 'DELIVERED');
    expect(sendsOf()).toEqual(['gateway', 'gateway', 'gateway', 'other']);
  });

  it('follows the rule for 1,000 random scripts of providers, never sending a message twice at once', async () => {
    await start(fiveOf, NO_LIMITS);
    if (dialect === 'postgres') await app.another();
    const scripts = fc.sample(script, { numRuns: 1_000, seed: 20_261_126 });
    const expected = scripts.map((one) => predict(one, traitsOf(fiveOf(steps))));
    scripts.forEach((one, index) => steps.plan(`r${index}@example.com`, one));
    for (let from = 0; from < scripts.length; from += 50)
      await Promise.all(
        scripts.slice(from, from + 50).map((_, index) => request(`r${from + index}@example.com`)),
      );
    const statuses = expected.map(({ status }) => status);
    await settle(app.database.url, clock, statuses);
    scripts.forEach((one, index) => {
      const sent = { script: one, sends: sendsOf(`r${index}@example.com`) };
      expect(sent).toEqual({ script: one, sends: expected[index]!.sends });
    });
    expect(steps.mostAtOnce).toBe(1);
    expect([...steps.codes.values()].every((codes) => codes.size === 1)).toBe(true);
  }, 120_000);
});

/** Providers of every kind. */
const fiveOf = (steps: Steps): StepProvider[] => [
  new StepProvider('chat', steps, { reachesOnlySome: true, receiptDeadlineMs: 10_000, canLookUp: true }),
  new StepProvider('sms', steps, { canLookUp: true }),
  new StepProvider('gateway', steps, { deduplicates: true }),
  new StepProvider('mail', steps),
];

const failure = fc.constantFrom(
  ...(['SENDER_REFUSED', 'INVALID_RECIPIENT', 'BLOCKED', 'UNREACHABLE'] as const),
);
const script: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.constantFrom<Step>(
      { kind: 'skipped' },
      { kind: 'retryable' },
      { kind: 'unknown' },
      { kind: 'pending' },
      { kind: 'delivered' },
    ),
    fc.record({ kind: fc.constant('permanent' as const), failure }),
    fc.record({ kind: fc.constant('not-delivered' as const), failure, retryable: fc.boolean() }),
  ),
  { maxLength: 8 },
);

/** What the rule says about a script: the providers that send, in order, and how the delivery ends. */
function predict(steps: readonly Step[], providers: readonly ProviderTraits[]) {
  const pauseOf = () => 0;
  const sends: string[] = [];
  let progress = NEW_DELIVERY;
  for (const step of [...steps, { kind: 'delivered' } as const]) {
    const turn = chooseProvider(providers, progress, pauseOf);
    if (turn === null) break;
    sends.push(turn.name);
    if (step.kind === 'delivered') return { sends, status: 'DELIVERED' };
    if (step.kind === 'pending' && turn.name !== 'chat') return { sends, status: 'SENT' };
    const setback = step.kind === 'pending' ? ({ kind: 'no-receipt' } as const) : step;
    const next = decideNextStep({ providers, progress, provider: turn.name, setback, pauseOf, random: 0.5 });
    if (next.action === 'fail') return { sends, status: 'FAILED' };
    if (next.action === 'wait') return { sends, status: 'SENT' };
    progress = next.progress;
  }
  throw new Error('a script ends by a delivery');
}

/** Lets time pass, while no send runs, until the deliveries have the expected statuses. */
async function settle(url: string, clock: ManualClock, statuses: readonly string[]): Promise<void> {
  const expected = tally(statuses);
  for (let tick = 0; tick < 2_000; tick++) {
    // Everything that is due now is done before more time passes.
    await until(async () => {
      const now = clock.now();
      const [row] = await readRows<{ busy: number }>(
        url,
        `SELECT (SELECT count(*) FROM delivery WHERE lease_owner IS NOT NULL OR due_at <= ${now} OR receipt_due_at <= ${now})
           + (SELECT count(*) FROM send WHERE receipt_due_at <= ${now}) AS busy`,
      );
      return Number(row!.busy) === 0 || null;
    });
    const rows = await readRows<{ status: string }>(url, 'SELECT status FROM delivery');
    if (tally(rows.map(({ status }) => status)) === expected) return;
    clock.advance(tick < 60 ? 5 : 120);
  }
  throw new Error('the deliveries did not end as the rule says');
}

function tally(statuses: readonly string[]): string {
  return [...statuses].sort().join();
}
