import { type Clock, HOUR_MS } from '../shared/clock';
import { rateLimited } from './limit-refusals';
import { NETWORK_FACTOR, networkOf } from './shared-limits';

/** Checks that run at once, for all callers. More would only wait for a provider that does not answer. */
const MAX_AT_ONCE = 64;
/** Checks of one address that run at once; a /48 may have four times as many. So one client leaves most to others. */
const ADDRESS_AT_ONCE = 8;
/** Checks that run at once for all requests of applications that do not pass `clientIp`. */
const UNKNOWN_AT_ONCE = 32;
/** Remembered addresses. The address whose last check is the oldest is forgotten first. */
const MAX_BUCKETS = 20_000;
/** When an address that has too many running checks may try again, in milliseconds: they end within seconds. */
const BUSY_MS = 1_000;

interface Bucket {
  /** When time has paid back all admitted checks, in epoch milliseconds. */
  paidBackAt: number;
  underWay: number;
}

interface Scope {
  key: string;
  atOnce: number;
  /** How much time pays for one check, in milliseconds; 0 for no bound. An hour's worth can be used at once. */
  costMs: number;
}

/**
 * Limits the human checks of each address, failed ones included, so that a client with made-up tokens can use up neither
 * the running checks nor the provider's quota. It counts in this node's memory, so that a refusal costs no statement.
 * With N nodes, an address may have N times as many.
 */
export class CheckAllowance {
  /** By address; the least recently used one is the first. */
  private readonly buckets = new Map<string, Bucket>();
  private underWay = 0;

  constructor(
    private readonly clock: Clock,
    /** Checks of one address in an hour; 0 for no limit. */
    private readonly perHour: number,
  ) {}

  /**
   * Runs a check, if its address may have another one.
   *
   * @param address as limits count it: IPv4, the /64 of IPv6, `unknown`, or null when no address was passed.
   * @returns null when as many checks are running as the server runs at once.
   * @throws AppError RATE_LIMITED with `IP_HOURLY`.
   */
  async run<T>(address: string | null, check: () => Promise<T>): Promise<T | null> {
    const scopes = this.scopesOf(address);
    const now = this.clock.now();
    const buckets = scopes.map(({ key }) => this.bucket(key));
    for (const [index, scope] of scopes.entries()) refuseIfFull(buckets[index]!, scope, now);
    if (this.underWay >= MAX_AT_ONCE) return null;
    this.underWay++;
    for (const [index, bucket] of buckets.entries()) {
      bucket.paidBackAt = Math.max(bucket.paidBackAt, now) + scopes[index]!.costMs;
      bucket.underWay++;
    }
    try {
      return await check();
    } finally {
      this.underWay--;
      for (const bucket of buckets) bucket.underWay--;
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
    const bucket = this.buckets.get(key) ?? { paidBackAt: 0, underWay: 0 };
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    if (this.buckets.size > MAX_BUCKETS) this.forgetOne();
    return bucket;
  }

  /** A bucket with running checks stays, because their end must be counted in it. */
  private forgetOne(): void {
    for (const [key, { underWay }] of this.buckets) {
      if (underWay > 0) continue;
      this.buckets.delete(key);
      return;
    }
  }
}

function costOf(perHour: number): number {
  return perHour === 0 ? 0 : Math.max(1, Math.floor(HOUR_MS / perHour));
}

function refuseIfFull({ paidBackAt, underWay }: Bucket, { atOnce, costMs }: Scope, now: number): void {
  const overMs = Math.max(paidBackAt, now) + costMs - now - HOUR_MS;
  if (costMs > 0 && overMs > 0) throw rateLimited('IP_HOURLY', overMs);
  if (underWay >= atOnce) throw rateLimited('IP_HOURLY', BUSY_MS);
}
