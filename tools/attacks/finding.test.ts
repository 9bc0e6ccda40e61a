import { faultOf, type Finding, mostWithin } from './finding';

const finding: Finding = {
  attack: 'attempts',
  path: 'one at a time',
  calls: 30,
  got: 20,
  threshold: 20,
  unit: 'attempts',
};

it('an attack counts the most events in any window, also in one that starts between round times', () => {
  expect(mostWithin([0, 9, 10, 11, 19, 20, 30], 10)).toBe(3);
  expect(mostWithin([], 10)).toBe(0);
});

it.each([
  ['at most the bound', finding, null],
  ['more than the bound', { ...finding, got: 21 }, 'exceeded'],
  ['less than the bound that the attack has to reach', { ...finding, got: 19, mustReach: 20 }, 'too weak'],
  ['at least the floor', { ...finding, bound: 'floor' as const, got: 21 }, null],
  ['less than the floor', { ...finding, bound: 'floor' as const, got: 19 }, 'exceeded'],
])('an attack that got %s is judged', (_, one, fault) => {
  expect(faultOf(one)).toBe(fault);
});
