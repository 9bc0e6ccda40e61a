import { randomUUID } from 'node:crypto';
import { type OutgoingMessage } from '../channels/provider.types';
import { type Database } from '../database/database';
import { type Logger } from '../observability/logger';
import { within } from '../shared/within';
import {
  type ClaimedDelivery,
  type FreshDelivery,
  fromClaimedRow,
  fromFreshDelivery,
} from './claimed-delivery';
import { type DeliverySender } from './delivery-sender';
import { type OutcomeRecorder } from './outcome-recorder';
import { claimDeliveries, type ClaimedDeliveryRow } from './queue/claim-deliveries';
import { type Claim, LEASE_MS } from './queue/lease';
import { releaseDelivery } from './queue/release-delivery';

export interface DispatcherSettings {
  /** Messages under way at once. */
  concurrency: number;
  /** How often to look for work nobody announced (other nodes' leases, restarts), in milliseconds. */
  pollMs: number;
}

/** Deliveries that wait for each slot of concurrency. More than this stay in the database, where any node can claim them. */
const WAITING_PER_SLOT = 2;

export interface DispatcherDeps {
  database: Database;
  sender: DeliverySender;
  recorder: OutcomeRecorder;
  logger: Logger;
  settings: DispatcherSettings;
}

/**
 * Sends what the queue holds: at once what this node accepted, and by polling what nobody else is sending.
 *
 * Nothing in here is needed after a crash: what was under way is claimed again when its lease ends.
 */
export class Dispatcher {
  private readonly waiting: ClaimedDelivery[] = [];
  private readonly running = new Set<Promise<void>>();
  /** What this node is sending or about to send, by the delivery's id. */
  private readonly inHand = new Map<string, ClaimedDelivery>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly node = randomUUID();
  private claims = 0;
  private polling: Promise<void> | null = null;
  private pollAgain = false;
  private started = false;
  private stopping = false;
  private healthy = true;
  /** The database may hold due deliveries that this node had no room for. */
  private backlog = false;

  constructor(private readonly deps: DispatcherDeps) {}

  start(): void {
    this.started = true;
    this.poll();
  }

  /** Whether the last look at the queue worked. */
  get working(): boolean {
    return this.started && this.healthy && !this.stopping;
  }

  /** A lease for a delivery about to be accepted, or null when this node has enough to do. */
  lease(): string | null {
    const room = this.deps.settings.concurrency * (1 + WAITING_PER_SLOT);
    if (this.started && !this.stopping && this.running.size + this.waiting.length < room)
      return this.newLease();
    this.backlog = true;
    return null;
  }

  /** Sends a delivery that was accepted under a lease of this node, after its transaction has committed. */
  deliver(delivery: FreshDelivery, composeFresh: () => OutgoingMessage): void {
    // Requests that came together were all promised the same room.
    if (this.waiting.length >= this.deps.settings.concurrency * WAITING_PER_SLOT) return this.leave(delivery);
    this.take(fromFreshDelivery(delivery, composeFresh));
    this.fill();
  }

  /** There is work in the queue: look now and not at the next poll. */
  wake(): void {
    if (this.polling) this.pollAgain = true;
    else if (this.started && !this.stopping) this.polling = this.claimAll().finally(() => this.polled());
  }

  /**
   * Takes no new work, gives back what has not begun, and waits for sends under way. It resolves after `timeoutMs` at the
   * latest, also when the database does not answer: leases that were not given back end by themselves.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.stopping = true;
    this.deps.sender.stop();
    for (const timer of this.timers) clearTimeout(timer);
    const ended = Promise.all([this.giveBack(), ...this.running]).then(() => true);
    if (await within(timeoutMs, ended, false)) return;
    this.deps.logger.warn(
      { sends: this.running.size },
      'sends in progress were cut off; the deliveries are sent again when their leases expire',
    );
  }

  /** Gives back what waits, including what a claim under way still brings. */
  private async giveBack(): Promise<void> {
    await this.polling;
    await this.release(this.waiting.splice(0));
  }

  /** Lets any node take what this one has no room for. */
  private leave(claim: Claim): void {
    this.backlog = true;
    void this.release([claim]);
  }

  /** Should it fail, the leases end by themselves. */
  private async release(claims: readonly Claim[]): Promise<void> {
    try {
      for (const claim of claims) await releaseDelivery(this.deps.database, claim);
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'leases could not be released; they expire by themselves');
    }
  }

  private poll(): void {
    if (this.stopping) return;
    this.wake();
    this.after(this.deps.settings.pollMs, () => this.poll());
  }

  private polled(): void {
    this.polling = null;
    if (!this.pollAgain) return;
    this.pollAgain = false;
    this.wake();
  }

  private async claimAll(): Promise<void> {
    try {
      for (;;) {
        const room = this.deps.settings.concurrency - this.running.size - this.waiting.length;
        this.backlog = room <= 0;
        if (this.backlog || this.stopping) return;
        const claimedAt = performance.now();
        const rows = await claimDeliveries(this.deps.database, this.newLease(), room);
        this.healthy = true;
        for (const row of rows) if (!this.renewed(row, claimedAt)) this.take(fromClaimedRow(row, claimedAt));
        this.fill();
        if (rows.length < room) return;
      }
    } catch (error) {
      // The database is away; the next poll tries again.
      if (this.healthy) this.deps.logger.error({ err: error }, 'the delivery queue cannot be read');
      this.healthy = false;
    }
  }

  private take(delivery: ClaimedDelivery): void {
    this.inHand.set(delivery.id, delivery);
    this.waiting.push(delivery);
  }

  /**
   * Whether the claim is of a delivery that this node is still sending, or still recording that it was sent: a clock
   * was set, or the database was away for longer than a lease. To send it again would be to send it twice.
   */
  private renewed(row: ClaimedDeliveryRow, claimedAt: number): boolean {
    const delivery = this.inHand.get(row.id);
    if (!delivery || (!delivery.sendStarted && claimedAt - delivery.claimedAt >= LEASE_MS)) return false;
    Object.assign(delivery, { lease: row.lease_owner, claimedAt, ageAtClaimMs: row.now - row.created_at });
    this.deps.logger.warn(
      { delivery: row.id, verification: row.verification_id },
      'the lease of a delivery expired during its send and was renewed',
    );
    return true;
  }

  private fill(): void {
    while (!this.stopping && this.running.size < this.deps.settings.concurrency) {
      const next = this.waiting.shift();
      if (!next) return;
      const run: Promise<void> = this.send(next).finally(() => {
        this.running.delete(run);
        if (this.inHand.get(next.id) === next) this.inHand.delete(next.id);
        this.fill();
        if (this.backlog && this.running.size <= this.deps.settings.concurrency / 2) this.wake();
      });
      this.running.add(run);
    }
  }

  private async send(delivery: ClaimedDelivery): Promise<void> {
    try {
      const outcome = await this.deps.sender.send(delivery);
      const retryInMs = await this.deps.recorder.record(delivery, outcome);
      this.inHand.delete(delivery.id);
      if (retryInMs === 0) this.wake();
      else if (retryInMs !== null) this.after(retryInMs, () => this.wake());
    } catch (error) {
      // Recording the outcome failed; the lease will end and another look at the row will settle it.
      const { name, code } = error as Error & { code?: string };
      this.deps.logger.error(
        { error: code ?? name, delivery: delivery.id, verification: delivery.verificationId },
        'the outcome of a send could not be stored; the delivery is sent again when its lease expires',
      );
    }
  }

  private after(ms: number, action: () => void): void {
    if (this.stopping) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      action();
    }, ms);
    this.timers.add(timer);
  }

  private newLease(): string {
    return `${this.node}:${++this.claims}`;
  }
}
