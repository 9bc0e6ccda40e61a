import { DeliveryError } from '../../src/channels/provider.types';
import { afterFailure, backoffMs, nextProvider } from '../../src/delivery/retry-policy';

const LIST = ['first', 'second'];
const START = { provider: null, ruledOut: [], rounds: 0 };

it('goes round the list and passes over who is ruled out', () => {
  expect(nextProvider(LIST, START)).toBe('first');
  expect(nextProvider(LIST, { ...START, provider: 'first' })).toBe('second');
  expect(nextProvider(LIST, { ...START, provider: 'second' })).toBe('first');
  expect(nextProvider(LIST, { ...START, provider: 'second', ruledOut: ['first'] })).toBe('second');
  expect(nextProvider(LIST, { ...START, ruledOut: LIST })).toBeNull();
});

it('fails over at once, and waits before it goes round again', () => {
  const passes = new DeliveryError('retryable', 'busy');
  expect(afterFailure(LIST, START, 'first', passes, false, 0)).toMatchObject({
    provider: 'first',
    delayMs: 0,
    rounds: 0,
  });
  const again = afterFailure(LIST, { ...START, provider: 'first' }, 'second', passes, false, 0.5);
  expect(again).toMatchObject({ action: 'retry', rounds: 1 });
  expect((again as { delayMs: number }).delayMs).toBeLessThanOrEqual(1_000);
});

it('rules out a provider that refuses the sender, and ends when none is left', () => {
  const refused = new DeliveryError('permanent', 'no', { failure: 'SENDER_REFUSED' });
  expect(afterFailure(LIST, START, 'first', refused, false, 0)).toMatchObject({
    action: 'retry',
    ruledOut: ['first'],
    delayMs: 0,
  });
  const last = { provider: 'first', ruledOut: ['first'], rounds: 0 };
  expect(afterFailure(LIST, last, 'second', refused, false, 0)).toMatchObject({
    action: 'fail',
    failure: 'SENDER_REFUSED',
  });
});

it('ends at once when the recipient is refused', () => {
  const refused = new DeliveryError('permanent', 'no', { failure: 'INVALID_RECIPIENT' });
  expect(afterFailure(LIST, START, 'first', refused, true, 0)).toMatchObject({
    action: 'fail',
    failure: 'INVALID_RECIPIENT',
  });
});

it('looks an unknown outcome up at the same provider, or goes on where that cannot tell', () => {
  const unknown = new DeliveryError('unknown', 'lost');
  expect(afterFailure(LIST, START, 'first', unknown, true, 0)).toMatchObject({
    provider: null,
    lookup: true,
  });
  expect(afterFailure(LIST, START, 'first', unknown, false, 0)).toMatchObject({
    provider: 'first',
    lookup: false,
  });
});

it('heeds the pause a provider asks for', () => {
  const paused = new DeliveryError('retryable', '429', { retryAfterMs: 7_000 });
  expect(afterFailure(['only'], START, 'only', paused, false, 0)).toMatchObject({ delayMs: 7_000 });
});

it('backs off from under a second to 30 s', () => {
  expect(backoffMs(0, 0)).toBe(500);
  expect(backoffMs(0, 1)).toBe(1_000);
  expect(backoffMs(1, 1)).toBe(2_000);
  expect(backoffMs(50, 1)).toBe(30_000);
});
