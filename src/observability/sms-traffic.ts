import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { Counter, type Registry } from 'prom-client';
import { numberBlock } from './number-block';

type Stage = 'requested' | 'sent' | 'verified';

/** Requests within a stretch of traffic that give a block of numbers a series of its own. */
const BUSY_AFTER = 10;
/** Blocks with a series of their own; the one that was quiet for longest makes room. */
const MAX_NAMED = 200;
/** Blocks that are counted towards BUSY_AFTER; when so many were seen, a new stretch begins. */
const MAX_WATCHED = 5_000;
/** The label of all blocks that nothing is odd about. */
const OTHER = 'other';

/**
 * SMS by country and block of numbers, so that pumping is seen: many requests in one block, and few of them verified.
 *
 * A country alone has thousands of blocks, and a metric a block would be too many. Honest traffic touches a block
 * once in a while, an attack on rented numbers again and again; so only a block that is asked for often gets a label
 * of its own (`+82104000`), and all others share one.
 */
export class SmsTraffic {
  /** Requests of blocks that have no label yet. */
  private readonly watched = new Map<string, number>();
  /** Country of each labelled block, the one used last at the end. */
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

  /** All three begin together: a share of nothing verified is 0 and not missing. */
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
