import { type Channel } from '../recipients/channel';
import { type PauseOf } from './failover-rule';

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
  /** By channel and provider, because the same gateway may serve both channels. */
  private readonly endsAt = new Map<string, number>();

  pause(channel: Channel, provider: string, pauseMs: number): void {
    const key = `${channel} ${provider}`;
    const endsAt = performance.now() + Math.min(pauseMs, LONGEST_PAUSE_MS);
    this.endsAt.set(key, Math.max(endsAt, this.endsAt.get(key) ?? 0));
  }

  /** How long a provider of the channel must not be called, in milliseconds; 0 when it may be called now. */
  of(channel: Channel): PauseOf {
    return (provider) =>
      Math.max(0, Math.ceil((this.endsAt.get(`${channel} ${provider}`) ?? 0) - performance.now()));
  }
}
