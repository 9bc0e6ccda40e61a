import { DIALECTS } from '../support/databases';
import { type Finding, isExceeded, mostWithin } from './finding';
import { exhausting } from './exhausting.attack';
import { flooding } from './flooding.attack';
import { guessing } from './guessing.attack';
import { hostileDocuments } from './hostile-documents.attack';
import { pumping } from './pumping.attack';

const exceeded = (findings: Finding[]) => findings.filter((one) => !one.measured && isExceeded(one));

it('counts the most within any window, not in one that starts at a round time', () => {
  expect(mostWithin([0, 9, 10, 11, 19, 20, 30], 10)).toBe(3);
  expect(mostWithin([], 10)).toBe(0);
});

describe.each(DIALECTS)('an attacker, on %s', (dialect) => {
  it('gets no more guesses at one recipient than the budget of a day has, by any path', async () => {
    const findings = await guessing(dialect, { days: 1.02 });
    expect(exceeded(findings)).toEqual([]);
    // Every path has to reach the budget, or it was no attack.
    expect(findings.map(({ got }) => got)).toEqual(findings.map(({ budget }) => budget));
  }, 60_000);

  it('makes one victim get no more messages than the limit of a day, by any path', async () => {
    const findings = await flooding(dialect, { days: 1.02 });
    expect(exceeded(findings)).toEqual([]);
    expect(findings.map(({ got }) => got)).toEqual(findings.map(({ budget }) => budget));
  }, 60_000);

  it('burns no more SMS than the limits allow, and leaves honest people their success', async () => {
    const limits = { SMS_DAILY_LIMIT: '150', SMS_PREFIX_HOURLY_LIMIT: '1' };
    const size = { addresses: 100, numbers: 60, asksPerNumber: 5, people: 24, limits };
    const findings = await pumping(dialect, size);
    expect(exceeded(findings)).toEqual([]);
    const shares = findings.filter(({ bound }) => bound === 'floor');
    expect(shares.map(({ path, got }) => [path.split(':')[0], got])).toEqual([
      ['numbers out of 4 rented blocks', 100],
      ['scattered numbers, human check on', 100],
    ]);
    for (const { got } of findings) expect(got).toBeGreaterThan(0);
  }, 60_000);

  it('exhausts no more than the limits of the service, and leaves honest people theirs', async () => {
    const findings = await exhausting(dialect, { calls: 100 });
    expect(exceeded(findings)).toEqual([]);
    // Every path has to reach its budget, or it was no attack.
    expect(findings.map(({ path, got }) => [path, got])).toEqual(
      findings.map(({ path, budget }) => [path, budget]),
    );
  }, 60_000);

  it('gets nothing carried out by a hostile document', async () => {
    const findings = await hostileDocuments(dialect, { repeat: 2 });
    expect(exceeded(findings)).toEqual([]);
    expect(findings.filter(({ note }) => note?.includes('HTTP 5'))).toEqual([]);
  }, 60_000);
});
