/** The time at which a call ends at the latest. It uses a monotonic clock, which setting the device's time does not change. */
export class Deadline {
  private readonly endsAt: number;

  constructor(ms: number) {
    this.endsAt = performance.now() + ms;
  }

  /** Milliseconds left; 0 when the deadline has passed. */
  get leftMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }
}
