import { type OutgoingMessage } from '../channels/provider.types';
import { type Database } from '../database/database';
import { type Logger } from '../observability/logger';
import { raceTimeout } from '../shared/race-timeout';
import {
  type ClaimedDelivery,
  type FreshDelivery,
  fromClaimedRow,
  fromFreshDelivery,
} from './claimed-delivery';
import { type DeliverySender } from './delivery-sender';
import { assertTransition, type DispatcherMode } from './dispatcher-mode';
import { type OutcomeRecorder } from './outcome-recorder';
import { claimDeliveries, type ClaimedDeliveryRow } from './queue/claim-deliveries';
import { type Claim, createLeases, LEASE_MS } from './queue/lease';
import { releaseDelivery } from './queue/release-delivery';

export interface DispatcherSettings {
  /** How many messages are sent at once. */
  concurrency: number;
  /** How often the queue is searched for due deliveries that no wake-up announced, in milliseconds. */
  pollMs: number;
}

export interface DispatcherDeps {
  database: Database;
  sender: DeliverySender;
  recorder: OutcomeRecorder;
  logger: Logger;
  settings: DispatcherSettings;
}

/**
 * How many deliveries may wait in memory for each send that can run. Further deliveries stay in the database, where any
 * node can claim them.
 */
const WAITING_PER_SEND = 2;

/**
 * Sends queued deliveries. A delivery of a request that this node accepted is sent at once. Every other delivery that
 * is due is found by polling the database. The steps are always the same: claim, send (`DeliverySender`), record
 * (`OutcomeRecorder`).
 *
 * `DispatcherMode` lists the modes and the transitions between them. A crash loses nothing, because the deliveries of
 * this node are claimed again when their leases expire.
 */
export class Dispatcher {
  private mode: DispatcherMode = 'created';
  /** Whether the last claim failed. */
  private claimFailed = false;
  /** The claims that are running, or ran last. */
  private claims: Promise<void> = Promise.resolve();
  /** Claimed deliveries whose send has not begun, in the order of their claims. */
  private readonly waiting: ClaimedDelivery[] = [];
  private readonly running = new Set<Promise<void>>();
  /** The deliveries in `waiting` and those whose send runs, by id. */
  private readonly claimed = new Map<string, ClaimedDelivery>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly newLease = createLeases();

  constructor(private readonly deps: DispatcherDeps) {}

  start(): void {
    this.setMode('idle');
    this.timers.add(setInterval(() => this.wake(), this.deps.settings.pollMs));
    this.wake();
  }

  /** Whether deliveries can be claimed: the dispatcher runs and its last claim succeeded. */
  get working(): boolean {
    return this.active && !this.claimFailed;
  }

  /**
   * Makes the lease under which this node stores a delivery and then passes it to `dispatch`.
   *
   * @returns null when this node has enough deliveries. Store the delivery without a lease then, and call `wake`.
   */
  createLease(): string | null {
    const capacity = this.deps.settings.concurrency * (1 + WAITING_PER_SEND);
    return this.active && this.running.size + this.waiting.length < capacity ? this.newLease() : null;
  }

  /** Sends a delivery that was stored under a lease of this node. Call it after the transaction has committed. */
  dispatch(delivery: FreshDelivery, composeFresh: () => OutgoingMessage): void {
    // `createLease` reserves nothing, so simultaneous requests may have got more leases than this node can use.
    const full = this.waiting.length >= this.deps.settings.concurrency * WAITING_PER_SEND;
    if (full || !this.active) {
      void this.release([delivery]).then(() => this.wake());
      return;
    }
    this.add(fromFreshDelivery(delivery, composeFresh));
    this.startSends();
  }

  /** Claims due deliveries now instead of at the next poll. */
  wake(): void {
    if (this.mode === 'claiming') this.setMode('claiming-again');
    if (this.mode !== 'idle' && this.mode !== 'full') return;
    this.setMode('claiming');
    this.claims = this.claimWhileDue();
  }

  /** Calls `wake` after `delayMs`, unless the dispatcher is stopped before then. */
  wakeAfter(delayMs: number): void {
    if (!this.active) return;
    if (delayMs === 0) return this.wake();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.wake();
    }, delayMs);
    this.timers.add(timer);
  }

  /**
   * Stops claiming, releases deliveries whose send has not begun, and waits for running sends. It resolves after
   * `timeoutMs` at the latest, even if the database does not answer: leases that were not released expire by
   * themselves.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.setMode('draining');
    this.deps.sender.stop();
    for (const timer of this.timers) clearTimeout(timer);
    const ended = Promise.all([this.releaseWaiting(), ...this.running]).then(() => true);
    const allEnded = await raceTimeout(timeoutMs, ended, false);
    this.setMode('stopped');
    if (allEnded) return;
    this.deps.logger.warn(
      { sends: this.running.size },
      'sends in progress were cut off; the deliveries are sent again when their leases expire',
    );
  }

  private get active(): boolean {
    return this.mode !== 'created' && this.mode !== 'draining' && this.mode !== 'stopped';
  }

  private setMode(mode: DispatcherMode): void {
    assertTransition(this.mode, mode);
    this.mode = mode;
  }

  /** Claims until no delivery is due or this node has as many deliveries as it can send at once. */
  private async claimWhileDue(): Promise<void> {
    for (;;) {
      const freeSends = this.deps.settings.concurrency - this.running.size - this.waiting.length;
      if (freeSends <= 0) return this.setMode('full');
      const claimed = await this.claim(freeSends);
      if (!this.active) return;
      this.startSends();
      // Another delivery may be due if `wake` was called during the claim or if the claim returned as many as it could.
      if (this.mode === 'claiming-again') this.setMode('claiming');
      else if (claimed < freeSends) return this.setMode('idle');
    }
  }

  /** @returns how many deliveries were claimed; 0 when the database is away, since the next poll claims again. */
  private async claim(limit: number): Promise<number> {
    const claimedAt = performance.now();
    try {
      const rows = await claimDeliveries(this.deps.database, this.newLease(), limit);
      this.claimFailed = false;
      for (const row of rows) if (!this.renew(row, claimedAt)) this.add(fromClaimedRow(row, claimedAt));
      return rows.length;
    } catch (error) {
      if (!this.claimFailed) this.deps.logger.error({ err: error }, 'the delivery queue cannot be read');
      this.claimFailed = true;
      return 0;
    }
  }

  /**
   * Renews the lease of a delivery that this node is still sending or recording. It was claimed again because a clock
   * was set or because the database was away for longer than a lease. Sending it again would send it twice.
   *
   * @returns false when the row must be sent as a new claim: this node is not sending the delivery, or its send had not
   *   begun when the old lease expired (the old claim sends nothing any more then).
   */
  private renew(row: ClaimedDeliveryRow, claimedAt: number): boolean {
    const delivery = this.claimed.get(row.id);
    if (!delivery || delivery.stage === 'recorded') return false;
    if (delivery.stage === 'waiting' && claimedAt - delivery.claimedAt >= LEASE_MS) return false;
    Object.assign(delivery, { lease: row.lease_owner, claimedAt, ageAtClaimMs: row.now - row.created_at });
    this.deps.logger.warn(
      { delivery: row.id, verification: row.verification_id },
      'the lease of a delivery expired during its send and was renewed',
    );
    return true;
  }

  private add(delivery: ClaimedDelivery): void {
    this.claimed.set(delivery.id, delivery);
    this.waiting.push(delivery);
  }

  private startSends(): void {
    const { concurrency } = this.deps.settings;
    while (this.active && this.running.size < concurrency) {
      const delivery = this.waiting.shift();
      if (!delivery) return;
      const sending: Promise<void> = this.sendAndRecord(delivery).then(() => {
        this.running.delete(sending);
        this.startSends();
        if (this.mode === 'full' && this.running.size <= concurrency / 2) this.wake();
      });
      this.running.add(sending);
    }
  }

  private async sendAndRecord(delivery: ClaimedDelivery): Promise<void> {
    try {
      const outcome = await this.deps.sender.send(delivery);
      const dueInMs = await this.deps.recorder.record(delivery, outcome);
      if (dueInMs !== null) this.wakeAfter(dueInMs);
    } catch (error) {
      const { name, code } = error as Error & { code?: string };
      this.deps.logger.error(
        { error: code ?? name, delivery: delivery.id, verification: delivery.verificationId },
        'the outcome of a send could not be stored; the delivery is sent again when its lease expires',
      );
    } finally {
      if (this.claimed.get(delivery.id) === delivery) this.claimed.delete(delivery.id);
    }
  }

  /** Releases the waiting deliveries, including the ones that a running claim has yet to return. */
  private async releaseWaiting(): Promise<void> {
    await this.claims;
    await this.release(this.waiting.splice(0));
  }

  /** Never rejects: a lease that cannot be released expires by itself. */
  private async release(claims: readonly Claim[]): Promise<void> {
    try {
      for (const claim of claims) await releaseDelivery(this.deps.database, claim);
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'leases could not be released; they expire by themselves');
    }
  }
}
