import { type Clock, HOUR_MS } from '../shared/clock';
import { rateLimited } from './limit-refusals';
import { NETWORK_FACTOR, networkOf } from './shared-limits';

/**
 * Checks that run at once, for all callers. So a provider that does not answer keeps only this many requests waiting.
 */
const MAX_AT_ONCE = 64;
/**
 * Checks that run at once for one address, so that one client cannot use all of them. A /48 may have four times as
 * many.
 */
const ADDRESS_AT_ONCE = 8;
/** Checks that run at once for all requests of applications that do not pass `clientIp`. */
const UNKNOWN_AT_ONCE = 32;
/** Addresses whose checks are counted. The address that has been unused for the longest time is forgotten first. */
const MAX_BUCKETS = 20_000;
/** How long an address with too many running checks should wait, in milliseconds. Checks end within seconds. */
const BUSY_MS = 1_000;

interface Bucket {
  /**
   * When the allowance is full again, in epoch milliseconds. Each check moves this time further by `Scope.costMs`, and
   * a check is refused if the time would be more than an hour ahead.
   */
  fullAt: number;
  running: number;
}

interface Scope {
  key: string;
  atOnce: number;
  /** The time in which one check becomes available again, in milliseconds; 0 for no limit. */
  costMs: number;
}

/**
 * Limits the human checks of each address, including failed ones. Without it, a client with invented tokens could
 * occupy all running checks and use up the provider's quota. The counts are in this node's memory, so that a refusal
 * costs no statement. With N nodes an address can therefore have N times as many checks.
 */
export class CheckAllowance {
  /** By address, in the order of their latest use. */
  private readonly buckets = new Map<string, Bucket>();
  private running = 0;

  constructor(
    private readonly clock: Clock,
    /** Checks of one address per hour; 0 for no limit. */
    private readonly perHour: number,
  ) {}

  /**
   * Runs a check if its address may have another one.
   *
   * @param address the key that limits count the address under: an IPv4 address, the /64 of an IPv6 address or
   *   `unknown`. Null when no address was passed.
   * @returns null, without running the check, when the server already runs as many checks as it may.
   * @throws AppError RATE_LIMITED with `IP_HOURLY`.
   */
  async run<T>(address: string | null, check: () => Promise<T>): Promise<T | null> {
    const scopes = this.scopesOf(address);
    const now = this.clock.now();
    const buckets = scopes.map(({ key }) => this.bucket(key));
    for (const [index, scope] of scopes.entries()) refuseIfFull(buckets[index]!, scope, now);
    if (this.running >= MAX_AT_ONCE) return null;
    this.running++;
    for (const [index, bucket] of buckets.entries()) {
      bucket.fullAt = Math.max(bucket.fullAt, now) + scopes[index]!.costMs;
      bucket.running++;
    }
    try {
      return await check();
    } finally {
      this.running--;
      for (const bucket of buckets) bucket.running--;
    }
  }

  private scopesOf(address: string | null): Scope[] {
    if (address === null) return [{ key: '', atOnce: UNKNOWN_AT_ONCE, costMs: 0 }];
    const own = { key: address, atOnce: ADDRESS_AT_ONCE, costMs: costOf(this.perHour) };
    const network = networkOf(address);
    if (network === null) return [own];
    const costMs = costOf(this.perHour * NETWORK_FACTOR);
    return [own, { key: network, atOnce: ADDRESS_AT_ONCE * NETWORK_FACTOR, costMs }];
  }

  /** Marks the bucket as the most recently used one. */
  private bucket(key: string): Bucket {
    const bucket = this.buckets.get(key) ?? { fullAt: 0, running: 0 };
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    if (this.buckets.size > MAX_BUCKETS) this.forgetOne();
    return bucket;
  }

  /** Forgets no bucket with running checks, because their end must be counted in it. */
  private forgetOne(): void {
    for (const [key, { running }] of this.buckets) {
      if (running > 0) continue;
      this.buckets.delete(key);
      return;
    }
  }
}

function costOf(perHour: number): number {
  return perHour === 0 ? 0 : Math.max(1, Math.floor(HOUR_MS / perHour));
}

function refuseIfFull({ fullAt, running }: Bucket, { atOnce, costMs }: Scope, now: number): void {
  const overMs = Math.max(fullAt, now) + costMs - now - HOUR_MS;
  if (costMs > 0 && overMs > 0) throw rateLimited('IP_HOURLY', overMs);
  if (running >= atOnce) throw rateLimited('IP_HOURLY', BUSY_MS);
}
