import fc from 'fast-check';
import { backoffMs, unknownPauseMs } from '../../src/delivery/backoff';
import {
  chooseProvider,
  decideNextStep,
  NEW_DELIVERY,
  type NextStep,
  type Progress,
  type ProviderTraits,
  type Setback,
  type Situation,
} from '../../src/delivery/failover-rule';

const plain = (name: string): ProviderTraits => ({ name, settlesUnknown: false });
const LIST = [plain('first'), plain('second')];
const noPause = () => 0;

const RETRYABLE: Setback = { kind: 'retryable' };
const UNKNOWN: Setback = { kind: 'unknown' };
const refused = (failure: 'SENDER_REFUSED' | 'INVALID_RECIPIENT' | 'BLOCKED' | 'UNREACHABLE'): Setback => ({
  kind: 'permanent',
  failure,
});

const stepAfter = (setback: Setback, provider: string, change: Partial<Situation> = {}): NextStep =>
  decideNextStep({
    providers: LIST,
    progress: NEW_DELIVERY,
    provider,
    setback,
    pauseOf: noPause,
    random: 0,
    ...change,
  });

const progressOf = (step: NextStep): Progress => {
  if (step.action !== 'next' && step.action !== 'settle') throw new Error(step.action);
  return step.progress;
};

describe('the failover rule: which provider sends', () => {
  const chosen = (change: Partial<Progress>, pauseOf = (_: string) => 0, list = LIST) =>
    chooseProvider(list, { ...NEW_DELIVERY, ...change }, pauseOf);

  it('lets providers take turns, except the ones that are ruled out', () => {
    expect(chosen({})).toEqual({ name: 'first', waitMs: 0 });
    expect(chosen({ provider: 'first' })?.name).toBe('second');
    expect(chosen({ provider: 'second' })?.name).toBe('first');
    expect(chosen({ provider: 'second', ruledOut: ['first'] })?.name).toBe('second');
    expect(chosen({ ruledOut: ['first', 'second'] })).toBeNull();
  });

  it('begins a resend after the provider of the message before it', () => {
    expect(chosen({ startsAfter: 'first' })?.name).toBe('second');
    expect(chosen({ startsAfter: 'second' })?.name).toBe('first');
    expect(chosen({ startsAfter: 'removed from the settings' })?.name).toBe('first');
  });

  it('skips a provider that asks for a pause, and waits for the shortest pause when all ask for one', () => {
    expect(chosen({}, (name) => (name === 'first' ? 5_000 : 0))).toEqual({ name: 'second', waitMs: 0 });
    expect(chosen({}, (name) => (name === 'first' ? 5_000 : 3_000))).toEqual({
      name: 'second',
      waitMs: 3_000,
    });
  });

  it('lets the provider that settles an unknown outcome keep its turn during a pause', () => {
    expect(chosen({ settlings: 1 }, (name) => (name === 'first' ? 5_000 : 0))).toEqual({
      name: 'first',
      waitMs: 5_000,
    });
  });
});

describe('the failover rule: what follows a send', () => {
  it('passes a temporary error to the next provider at once, and begins the list again with back-off', () => {
    expect(stepAfter(RETRYABLE, 'first')).toMatchObject({ action: 'next', delayMs: 0 });
    const again = stepAfter(RETRYABLE, 'second', { progress: { ...NEW_DELIVERY, provider: 'first' } });
    expect(again).toMatchObject({ action: 'next', delayMs: 500, progress: { rounds: 1 } });
  });

  it('begins the list of a resend again only after the provider before its first one', () => {
    const progress = { ...NEW_DELIVERY, startsAfter: 'first' };
    expect(stepAfter(RETRYABLE, 'second', { progress })).toMatchObject({
      delayMs: 0,
      progress: { rounds: 0 },
    });
    expect(stepAfter(RETRYABLE, 'first', { progress })).toMatchObject({
      delayMs: 500,
      progress: { rounds: 1 },
    });
  });

  it.each([refused('SENDER_REFUSED'), { kind: 'skipped' } as const])(
    'rules out a provider that cannot send this message, and fails when no provider is left: %j',
    (setback) => {
      expect(stepAfter(setback, 'first')).toMatchObject({
        action: 'next',
        delayMs: 0,
        progress: { ruledOut: ['first'] },
      });
      const progress = { ...NEW_DELIVERY, provider: 'first', ruledOut: ['first'] };
      expect(stepAfter(setback, 'second', { progress })).toMatchObject({
        action: 'fail',
        failure: 'SENDER_REFUSED',
      });
    },
  );

  it('ends the delivery when the recipient is refused, unless the provider reaches only some recipients', () => {
    const setback = refused('INVALID_RECIPIENT');
    expect(stepAfter(setback, 'first')).toMatchObject({ action: 'fail', failure: 'INVALID_RECIPIENT' });
    const providers = [{ ...plain('first'), reachesOnlySome: true as const }, plain('second')];
    expect(stepAfter(setback, 'first', { providers })).toMatchObject({
      action: 'next',
      progress: { ruledOut: ['first'] },
    });
    expect(stepAfter(setback, 'first', { providers: providers.slice(0, 1) })).toMatchObject({
      action: 'fail',
      failure: 'INVALID_RECIPIENT',
    });
  });

  it('keeps the pause that the only provider asks for', () => {
    const change = { providers: [plain('only')], pauseOf: () => 7_000 };
    expect(stepAfter(RETRYABLE, 'only', change)).toMatchObject({ delayMs: 7_000 });
  });
});

describe('the failover rule: an unknown outcome', () => {
  const settles = (name: string): ProviderTraits => ({ name, settlesUnknown: true });

  it('is settled at the same provider twice, and then the next provider sends', () => {
    const providers = [plain('zero'), settles('first'), plain('second')];
    let progress: Progress = { ...NEW_DELIVERY, provider: 'zero' };
    for (const settlings of [1, 2]) {
      const step = stepAfter(UNKNOWN, 'first', { providers, progress });
      expect(step).toMatchObject({ action: 'settle', progress: { provider: 'zero', settlings } });
      progress = progressOf(step);
      expect(chooseProvider(providers, progress, noPause)?.name).toBe('first');
    }
    expect(stepAfter(UNKNOWN, 'first', { providers, progress })).toMatchObject({
      action: 'next',
      delayMs: 0,
      progress: { provider: 'first', settlings: 0, unknownOutcomes: 0 },
    });
  });

  it('stays with the only provider that is left, with back-off', () => {
    const progress = { ...NEW_DELIVERY, settlings: 6 };
    const step = stepAfter(UNKNOWN, 'only', { providers: [settles('only')], progress });
    expect(step).toMatchObject({ action: 'settle', delayMs: 15_000 });
  });

  it('counts as a temporary error and as a possible copy when it cannot be looked up', () => {
    expect(stepAfter(UNKNOWN, 'first')).toMatchObject({ action: 'next', progress: { unknownOutcomes: 1 } });
    const progress = { ...NEW_DELIVERY, unknownOutcomes: 1 };
    expect(progressOf(stepAfter(RETRYABLE, 'first', { progress })).unknownOutcomes).toBe(1);
  });

  it('makes the rounds rarer from the second possible copy on', () => {
    const after = (unknownOutcomes: number) =>
      stepAfter(UNKNOWN, 'only', {
        providers: [plain('only')],
        progress: { ...NEW_DELIVERY, unknownOutcomes },
      });
    expect([0, 1, 2, 3].map((count) => (after(count) as { delayMs: number }).delayMs)).toEqual([
      500, 60_000, 240_000, 960_000,
    ]);
  });

  it('leaves at most 5 copies within half an hour at a server that accepts every message and never answers', () => {
    for (const timeoutMs of [0, 1_000, 10_000]) {
      let progress: Progress = NEW_DELIVERY;
      const sentAt: number[] = [];
      for (let now = 0; now < 1_800_000;) {
        sentAt.push(now);
        const step = stepAfter(UNKNOWN, 'only', { providers: [plain('only')], progress });
        progress = progressOf(step);
        now += timeoutMs + (step as { delayMs: number }).delayMs;
      }
      const within = (ms: number) => sentAt.filter((at) => at < ms).length;
      expect([within(60_000), within(300_000), within(1_800_000)]).toEqual([2, 3, 5]);
    }
  });
});

describe('the failover rule: a receipt', () => {
  const notDelivered = (
    failure: 'SENDER_REFUSED' | 'INVALID_RECIPIENT' | 'BLOCKED' | 'UNREACHABLE',
    retryable = false,
  ): Setback => ({ kind: 'not-delivered', failure, retryable });

  it.each(['INVALID_RECIPIENT', 'BLOCKED'] as const)(
    'about the recipient ends the delivery: %s',
    (failure) => {
      expect(stepAfter(notDelivered(failure), 'first')).toEqual({ action: 'fail', failure, ruledOut: [] });
    },
  );

  it.each(['SENDER_REFUSED', 'UNREACHABLE'] as const)(
    'not about the recipient moves it on: %s',
    (failure) => {
      expect(stepAfter(notDelivered(failure), 'first')).toMatchObject({
        action: 'next',
        delayMs: 0,
        progress: { ruledOut: ['first'] },
      });
    },
  );

  it('fails the delivery with its failure when no provider is left, unless the failure is temporary', () => {
    const progress = { ...NEW_DELIVERY, provider: 'first', ruledOut: ['first'] };
    expect(stepAfter(notDelivered('UNREACHABLE'), 'second', { progress })).toMatchObject({
      action: 'fail',
      failure: 'UNREACHABLE',
    });
    expect(stepAfter(notDelivered('UNREACHABLE', true), 'second', { progress })).toMatchObject({
      action: 'next',
      delayMs: 500,
      progress: { ruledOut: ['first'], rounds: 1 },
    });
  });

  it('that does not come rules the provider out, and the delivery waits when no other provider is left', () => {
    expect(stepAfter({ kind: 'no-receipt' }, 'first')).toMatchObject({
      action: 'next',
      delayMs: 0,
      progress: { ruledOut: ['first'] },
    });
    const progress = { ...NEW_DELIVERY, provider: 'first', ruledOut: ['first'] };
    expect(stepAfter({ kind: 'no-receipt' }, 'second', { progress })).toEqual({ action: 'wait' });
  });
});

describe('back-off', () => {
  it('grows from under a second to 30 s', () => {
    expect([backoffMs(0, 0), backoffMs(0, 1), backoffMs(1, 1), backoffMs(50, 1)]).toEqual([
      500, 1_000, 2_000, 30_000,
    ]);
  });

  it('after unknown outcomes is spread by up to a half, and fits a timer', () => {
    expect(unknownPauseMs(2, 0.999_999)).toBe(90_000);
    expect(unknownPauseMs(1, 0.5)).toBe(0);
    expect(unknownPauseMs(1_000, 0)).toBeLessThan(2 ** 31);
  });
});

describe('the failover rule, for every list of providers and every sequence of setbacks', () => {
  const failure = fc.constantFrom('SENDER_REFUSED', 'INVALID_RECIPIENT', 'BLOCKED', 'UNREACHABLE' as const);
  const setback = fc.oneof(
    fc.constantFrom<Setback>(
      { kind: 'skipped' },
      { kind: 'retryable' },
      { kind: 'unknown' },
      { kind: 'no-receipt' },
    ),
    fc.record({ kind: fc.constant('permanent' as const), failure }),
    fc.record({ kind: fc.constant('not-delivered' as const), failure, retryable: fc.boolean() }),
  ) as fc.Arbitrary<Setback>;
  const list = fc
    .array(
      fc.record({ settlesUnknown: fc.boolean(), reachesOnlySome: fc.constantFrom(undefined, true as const) }),
      { minLength: 1, maxLength: 4 },
    )
    .map((traits) => traits.map((one, index) => ({ ...one, name: `p${index}` })));
  const script = fc.record({
    providers: list,
    startsAfter: fc.constantFrom(null, 'p0', 'p1', 'p9'),
    pauses: fc.dictionary(fc.constantFrom('p0', 'p1', 'p2', 'p3'), fc.integer({ min: 0, max: 60_000 })),
    setbacks: fc.array(fc.tuple(setback, fc.double({ min: 0, max: 0.999, noNaN: true })), { maxLength: 30 }),
  });

  /** Runs a script. Each entry is a send: its provider, its setback, and the step that followed. */
  function run({
    providers,
    startsAfter,
    pauses,
    setbacks,
  }: typeof script extends fc.Arbitrary<infer T> ? T : never) {
    const pauseOf = (name: string) => pauses[name] ?? 0;
    const sends: { provider: ProviderTraits; setback: Setback; before: Progress; step: NextStep }[] = [];
    let progress: Progress = { ...NEW_DELIVERY, startsAfter };
    for (const [setback, random] of setbacks) {
      const turn = chooseProvider(providers, progress, pauseOf);
      if (turn === null) break;
      const provider = providers.find(({ name }) => name === turn.name)!;
      const situation = { providers, progress, provider: turn.name, setback, pauseOf, random };
      const step = decideNextStep(situation);
      sends.push({ provider, setback, before: progress, step });
      if (step.action === 'fail' || step.action === 'wait') break;
      progress = step.progress;
    }
    return sends;
  }

  it('never strands a delivery: it fails only about its recipient or when every provider is ruled out', () => {
    fc.assert(
      fc.property(script, (given) => {
        for (const { provider, setback, step } of run(given)) {
          if (step.action !== 'fail') continue;
          const aboutRecipient = 'failure' in setback && !provider.reachesOnlySome;
          const allRuledOut = given.providers.every(({ name }) => step.ruledOut.includes(name));
          expect(allRuledOut || aboutRecipient).toBe(true);
        }
      }),
    );
  });

  it('never chooses a provider that is ruled out, and never forgets that it is', () => {
    fc.assert(
      fc.property(script, (given) => {
        for (const { provider, before, step } of run(given)) {
          expect(before.ruledOut).not.toContain(provider.name);
          if (step.action === 'next' || step.action === 'settle')
            expect(step.progress.ruledOut).toEqual(expect.arrayContaining([...before.ruledOut]));
        }
      }),
    );
  });

  it('asks a provider about an unknown outcome at most twice while another provider is left', () => {
    fc.assert(
      fc.property(script, (given) => {
        for (const { step } of run(given)) {
          if (step.action !== 'settle') continue;
          const left = given.providers.filter(({ name }) => !step.progress.ruledOut.includes(name));
          expect(step.progress.settlings <= 2 || left.length === 1).toBe(true);
        }
      }),
    );
  });

  it('settles at the provider whose outcome is unknown', () => {
    fc.assert(
      fc.property(script, (given) => {
        for (const { provider, step } of run(given))
          if (step.action === 'settle')
            expect(chooseProvider(given.providers, step.progress, noPause)?.name).toBe(provider.name);
      }),
    );
  });

  it('asks every provider that is left once before it asks one again, while no provider asks for a pause', () => {
    fc.assert(
      fc.property(script, (given) => {
        const sends = run({ ...given, pauses: {} });
        const turns = sends
          .filter(({ step }) => step.action !== 'settle')
          .map(({ provider }) => provider.name);
        turns.forEach((name, index) => {
          const previous = turns.lastIndexOf(name, index - 1);
          if (index === 0 || previous < 0) return;
          const between = new Set(turns.slice(previous + 1, index));
          const { ruledOut } = sends[sends.length - 1]!.before;
          for (const other of given.providers)
            if (other.name !== name && !ruledOut.includes(other.name)) expect(between).toContain(other.name);
        });
      }),
    );
  });

  it('waits between two rounds and not within one, while no provider asks for a pause', () => {
    fc.assert(
      fc.property(script, (given) => {
        for (const { before, step } of run({ ...given, pauses: {} }))
          if (step.action === 'next') expect(step.delayMs > 0).toBe(step.progress.rounds > before.rounds);
      }),
    );
  });
});
