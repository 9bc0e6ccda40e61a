import { CheckAllowance } from '../../src/limits/check-allowance';
import { type AppError } from '../../src/shared/errors';
import { ManualClock } from '../support/manual-clock';

/** Checks that end when the test ends them. */
class Checks {
  started = 0;
  private readonly ends: (() => void)[] = [];

  readonly hanging = (): Promise<string> => {
    this.started++;
    return new Promise((resolve) => this.ends.push(() => resolve('done')));
  };

  endAll(): void {
    for (const end of this.ends.splice(0)) end();
  }
}

describe('the allowance of human checks', () => {
  const quick = async () => 'done';
  let clock: ManualClock;
  let checks: Checks;
  beforeEach(() => {
    clock = new ManualClock();
    checks = new Checks();
  });

  const outcome = (run: Promise<string | null>) =>
    run.then(
      (result) => result ?? 'full',
      (error: AppError) => `${String(error.extensions.limit)} ${String(error.extensions.retryAfterSeconds)}`,
    );
  const outcomes = async (allowance: CheckAllowance, addresses: (string | null)[], check = quick) => {
    const all: string[] = [];
    for (const address of addresses) all.push(await outcome(allowance.run(address, check)));
    return all;
  };
  const times = <T>(count: number, value: T) => Array.from({ length: count }, () => value);

  it('admits the checks of an hour at once, and then as many as become available with time', async () => {
    const allowance = new CheckAllowance(clock, 4);
    expect(await outcomes(allowance, times(5, '192.0.2.1'))).toEqual([...times(4, 'done'), 'IP_HOURLY 900']);
    clock.advance(899);
    expect(await outcomes(allowance, ['192.0.2.1'])).toEqual(['IP_HOURLY 1']);
    clock.advance(1);
    expect(await outcomes(allowance, times(2, '192.0.2.1'))).toEqual(['done', 'IP_HOURLY 900']);
    clock.advance(10 * 3_600);
    expect(await outcomes(allowance, times(5, '192.0.2.1'))).toEqual([...times(4, 'done'), 'IP_HOURLY 900']);
  });

  it('counts a check that failed', async () => {
    const allowance = new CheckAllowance(clock, 1);
    await expect(allowance.run('192.0.2.1', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
    expect(await outcomes(allowance, ['192.0.2.1', '192.0.2.2'])).toEqual(['IP_HOURLY 3600', 'done']);
  });

  it('also counts for the /48, at four times the limit of a /64', async () => {
    const allowance = new CheckAllowance(clock, 2);
    const networks = Array.from({ length: 5 }, (_, n) => `2001:db8:1:${n}::/64`);
    const twice = networks.flatMap((network) => [network, network]);
    expect((await outcomes(allowance, twice)).filter((one) => one === 'done')).toHaveLength(8);
    expect(await outcomes(allowance, ['2001:db8:1:9::/64', '2001:db8:2:0::/64'])).toEqual([
      'IP_HOURLY 450',
      'done',
    ]);
  });

  it('leaves capacity for others when one address or one /48 uses all of its own', async () => {
    const allowance = new CheckAllowance(clock, 0);
    const run = (address: string | null) => outcome(allowance.run(address, checks.hanging));
    const refused = times(20, '192.0.2.1').map(run).slice(8);
    expect(await Promise.all(refused)).toEqual(times(12, 'IP_HOURLY 1'));
    for (let n = 0; n < 20; n++) for (let i = 0; i < 8; i++) void run(`2001:db8:1:${n}::/64`);
    expect(checks.started).toBe(8 + 32);
    expect(await outcome(allowance.run('198.51.100.1', quick))).toBe('done');
    checks.endAll();
    await Promise.resolve();
  });

  it('counts all requests without an address together, without an hourly limit', async () => {
    const allowance = new CheckAllowance(clock, 1);
    expect(await outcomes(allowance, times(200, null))).toEqual(times(200, 'done'));
    for (let n = 0; n < 40; n++) void outcome(allowance.run(null, checks.hanging));
    expect(checks.started).toBe(32);
    expect(await outcome(allowance.run('192.0.2.1', quick))).toBe('done');
    checks.endAll();
  });

  it('reports when all checks are in use, and then counts nothing for the address', async () => {
    const allowance = new CheckAllowance(clock, 1);
    for (let n = 0; n < 64; n++) void outcome(allowance.run(`192.0.2.${n}`, checks.hanging));
    expect(await outcome(allowance.run('198.51.100.1', quick))).toBe('full');
    checks.endAll();
    await new Promise(setImmediate);
    expect(await outcomes(allowance, times(2, '198.51.100.1'))).toEqual(['done', 'IP_HOURLY 3600']);
  });

  it('forgets the address that has been unused for the longest time when there are too many, but none with a running check', async () => {
    const allowance = new CheckAllowance(clock, 1);
    const hanging = outcome(allowance.run('192.0.2.1', checks.hanging));
    expect(await outcomes(allowance, ['192.0.2.2'])).toEqual(['done']);
    for (let n = 0; n < 20_000; n++) await allowance.run(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, quick);
    expect(await outcomes(allowance, ['192.0.2.1', '192.0.2.2'])).toEqual(['IP_HOURLY 3600', 'done']);
    checks.endAll();
    expect(await hanging).toBe('done');
  });
});
