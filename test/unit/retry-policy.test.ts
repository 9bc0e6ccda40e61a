import { DeliveryError } from '../../src/channels/provider.types';
import {
  backoffMs,
  decideNextStep,
  type FailedSend,
  nextProvider,
  type Progress,
  unknownPauseMs,
} from '../../src/delivery/retry-policy';

const LIST = ['first', 'second'];
const START: Progress = { provider: null, ruledOut: [], rounds: 0, unknownOutcomes: 0 };

/** What follows when `failed` fails with `error`. */
const stepAfter = (
  error: DeliveryError,
  failed: string,
  { progress = START, providers = LIST, canLookUp = false, random = 0 }: Partial<FailedSend> = {},
) => decideNextStep({ providers, progress, failed, error, canLookUp, random });

it('retry policy: providers take turns, except those that are ruled out', () => {
  expect(nextProvider(LIST, START)).toBe('first');
  expect(nextProvider(LIST, { ...START, provider: 'first' })).toBe('second');
  expect(nextProvider(LIST, { ...START, provider: 'second' })).toBe('first');
  expect(nextProvider(LIST, { ...START, provider: 'second', ruledOut: ['first'] })).toBe('second');
  expect(nextProvider(LIST, { ...START, ruledOut: LIST })).toBeNull();
});

it('retry policy: the next provider is tried at once, and a second round waits', () => {
  const passes = new DeliveryError('retryable', 'busy');
  expect(stepAfter(passes, 'first')).toMatchObject({
    provider: 'first',
    delayMs: 0,
    rounds: 0,
  });
  const again = stepAfter(passes, 'second', { progress: { ...START, provider: 'first' }, random: 0.5 });
  expect(again).toMatchObject({ action: 'retry', rounds: 1 });
  expect((again as { delayMs: number }).delayMs).toBeLessThanOrEqual(1_000);
});

it('retry policy: a provider that refuses the sender is ruled out, and the delivery ends when none is left', () => {
  const refused = new DeliveryError('permanent', 'no', { failure: 'SENDER_REFUSED' });
  expect(stepAfter(refused, 'first')).toMatchObject({
    action: 'retry',
    ruledOut: ['first'],
    delayMs: 0,
  });
  const last = { provider: 'first', ruledOut: ['first'], rounds: 0, unknownOutcomes: 0 };
  expect(stepAfter(refused, 'second', { progress: last })).toMatchObject({
    action: 'fail',
    failure: 'SENDER_REFUSED',
  });
});

it('retry policy: the delivery ends at once when the recipient is refused', () => {
  const refused = new DeliveryError('permanent', 'no', { failure: 'INVALID_RECIPIENT' });
  expect(stepAfter(refused, 'first', { canLookUp: true })).toMatchObject({
    action: 'fail',
    failure: 'INVALID_RECIPIENT',
  });
});

it('retry policy: an unknown outcome is looked up at the same provider, or the delivery goes on where that is not possible', () => {
  const unknown = new DeliveryError('unknown', 'lost');
  expect(stepAfter(unknown, 'first', { canLookUp: true })).toMatchObject({
    provider: null,
    lookup: true,
  });
  expect(stepAfter(unknown, 'first')).toMatchObject({
    provider: 'first',
    lookup: false,
  });
});

it('retry policy: the pause that a provider asks for is kept', () => {
  const paused = new DeliveryError('retryable', '429', { retryAfterMs: 7_000 });
  expect(stepAfter(paused, 'only', { providers: ['only'] })).toMatchObject({ delayMs: 7_000 });
});

it('retry policy: pauses grow from under a second to 30 s', () => {
  expect(backoffMs(0, 0)).toBe(500);
  expect(backoffMs(0, 1)).toBe(1_000);
  expect(backoffMs(1, 1)).toBe(2_000);
  expect(backoffMs(50, 1)).toBe(30_000);
});

describe('retry policy: unknown outcomes at a provider without a lookup', () => {
  const unknown = new DeliveryError('unknown', 'lost');
  const retryable = new DeliveryError('retryable', 'busy');
  const after = (progress: Partial<Progress>, error: DeliveryError, list = ['only']) =>
    stepAfter(error, list.at(-1)!, { providers: list, progress: { ...START, ...progress } }) as {
      delayMs: number;
      unknownOutcomes: number;
    };

  it('are counted, and other errors are not', () => {
    expect(after({ unknownOutcomes: 1 }, unknown).unknownOutcomes).toBe(2);
    expect(after({ unknownOutcomes: 1 }, retryable).unknownOutcomes).toBe(1);
  });

  it('count as transient once, and make the rounds rarer from the second on', () => {
    expect(after({}, unknown).delayMs).toBeLessThanOrEqual(1_000);
    const pauses = [1, 2, 3].map((unknownOutcomes) => after({ unknownOutcomes }, unknown).delayMs);
    expect(pauses).toEqual([60_000, 240_000, 960_000]);
    expect(after({ unknownOutcomes: 2 }, retryable).delayMs).toBe(60_000);
  });

  it('go to the next provider at once, and none of the list is asked again before the pause', () => {
    expect(stepAfter(unknown, 'first', { progress: { ...START, unknownOutcomes: 1 } })).toMatchObject({
      delayMs: 0,
      unknownOutcomes: 2,
    });
    expect(after({ provider: 'first', unknownOutcomes: 2 }, retryable, LIST).delayMs).toBe(60_000);
  });

  it('leave at most 5 copies at a server that takes every message and answers none within half an hour', () => {
    for (const timeoutMs of [0, 1_000, 10_000]) {
      let progress: Progress = START;
      const sentAt: number[] = [];
      for (let now = 0; now < 1_800_000;) {
        sentAt.push(now);
        const next = stepAfter(unknown, 'only', { providers: ['only'], progress });
        if (next.action !== 'retry') throw new Error(next.failure);
        progress = next;
        now += timeoutMs + next.delayMs;
      }
      const within = (ms: number) => sentAt.filter((at) => at < ms).length;
      expect([within(60_000), within(300_000), within(1_800_000)]).toEqual([2, 3, 5]);
    }
  });

  it('spread by up to a half', () => {
    expect(unknownPauseMs(2, 0.999_999)).toBe(90_000);
    expect(unknownPauseMs(1, 0.5)).toBe(0);
    expect(unknownPauseMs(1_000, 0)).toBeLessThan(2 ** 31);
  });
});
