/**
 * A pause that a provider asks for is cut to this length, in milliseconds, so that a wrong value cannot switch a
 * provider off.
 */
const LONGEST_PAUSE_MS = 10 * 60_000;

/**
 * The pauses that providers asked for (`Retry-After`), on this node. Messages go to the next provider meanwhile. Every
 * node learns of a pause by its own refused call.
 */
export class ProviderPauses {
  private readonly endsAt = new Map<string, number>();

  pause(provider: string, pauseMs: number): void {
    const endsAt = performance.now() + Math.min(pauseMs, LONGEST_PAUSE_MS);
    this.endsAt.set(provider, Math.max(endsAt, this.endsAt.get(provider) ?? 0));
  }

  /** How long the provider must not be called, in milliseconds; 0 when it may be called now. */
  readonly pauseOf = (provider: string): number =>
    Math.max(0, Math.ceil((this.endsAt.get(provider) ?? 0) - performance.now()));
}
