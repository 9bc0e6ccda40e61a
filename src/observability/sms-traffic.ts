import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { Counter, type Registry } from 'prom-client';
import { numberBlock } from './number-block';

type Stage = 'requested' | 'sent' | 'verified';

/** Number of requests within a period after which a block of numbers gets its own series. */
const BUSY_AFTER = 10;
/** Maximum number of blocks with their own series. A new one replaces the block that was quiet for longest. */
const MAX_NAMED = 200;
/** Maximum number of blocks that are counted towards BUSY_AFTER. When it is reached, a new period begins. */
const MAX_WATCHED = 5_000;
/** The label of all blocks that are not busy. */
const OTHER = 'other';

/**
 * Counts SMS by country and block of numbers, so that SMS pumping is visible: many requests in one block, of
 * which few are verified.
 *
 * A country has thousands of blocks, and a metric for each block would be too many. Normal traffic uses a
 * block now and then, an attack on rented numbers uses it again and again. So only a block with many requests
 * gets its own label (`+82104000`), and all others share one.
 */
export class SmsTraffic {
  /** Number of requests of each block without a label. */
  private readonly watched = new Map<string, number>();
  /** Country of each labelled block; the last used block is the last entry. */
  private readonly named = new Map<string, string>();
  private readonly counters: Record<Stage, Counter<'country' | 'prefix'>>;

  constructor(registry: Registry) {
    const counter = (name: string, help: string) =>
      new Counter({ name, help, labelNames: ['country', 'prefix'], registers: [registry] });
    this.counters = {
      requested: counter(
        'injeung_sms_requested_total',
        'Verifications by SMS accepted, by country and busy block of numbers',
      ),
      sent: counter(
        'injeung_sms_sent_total',
        'SMS accepted by a provider, by country and busy block of numbers',
      ),
      verified: counter(
        'injeung_sms_verified_total',
        'Numbers verified, by country and busy block of numbers',
      ),
    };
  }

  /** @param number in E.164 */
  count(stage: Stage, number: string): void {
    const block = numberBlock(number);
    if (stage === 'requested') this.watch(block, number);
    const country = this.named.get(block);
    if (country === undefined) return this.add(stage, { country: countryOf(number), prefix: OTHER });
    this.named.delete(block);
    this.named.set(block, country);
    this.add(stage, { country, prefix: block });
  }

  /** All three counters start together, so that a share without verifications is 0 and not missing. */
  private add(stage: Stage, labels: { country: string; prefix: string }): void {
    for (const [name, counter] of Object.entries(this.counters)) counter.inc(labels, name === stage ? 1 : 0);
  }

  private watch(block: string, number: string): void {
    if (this.named.has(block)) return;
    const requests = (this.watched.get(block) ?? 0) + 1;
    if (requests < BUSY_AFTER) {
      if (this.watched.size >= MAX_WATCHED) this.watched.clear();
      this.watched.set(block, requests);
      return;
    }
    this.watched.delete(block);
    if (this.named.size >= MAX_NAMED) this.forgetQuietest();
    this.named.set(block, countryOf(number));
  }

  private forgetQuietest(): void {
    const [prefix, country] = this.named.entries().next().value!;
    this.named.delete(prefix);
    for (const counter of Object.values(this.counters)) counter.remove({ country, prefix });
  }
}

function countryOf(number: string): string {
  return parsePhoneNumberFromString(number)?.country ?? 'unknown';
}
