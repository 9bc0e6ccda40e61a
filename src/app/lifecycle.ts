import { type Logger } from '../observability/logger';
import { raceTimeout } from '../shared/race-timeout';

/** Something that runs from its start to its stop: the database, the HTTP listener, the workers. */
export interface Part<T> {
  /** Names the part in the log. */
  name: string;
  start: () => Promise<T> | T;
  /** `started` is what the start returned. */
  stop?: (started: T) => Promise<void> | void;
  /** How long the stop may take, in milliseconds; without it, as long as the whole stop may take. */
  stopWithinMs?: number;
}

interface StartedPart {
  name: string;
  stopWithinMs: number;
  stop: () => Promise<void> | void;
}

const CUT_OFF = Symbol('the stop took too long');

/**
 * Starts parts one after the other and stops them in reverse order.
 *
 * One deadline holds for the whole stop. A part whose stop fails or takes too long is left behind, and the parts that
 * started before it are stopped all the same.
 */
export class Lifecycle {
  private readonly started: StartedPart[] = [];
  private stopping: Promise<void> | null = null;
  /** When the whole stop must be over, by the monotonic clock. */
  private deadline = Infinity;

  constructor(private readonly logger: Logger) {}

  /**
   * Starts a part. It will be stopped after every part that starts later.
   *
   * @returns what the part's start returns.
   * @throws what the part's start throws. An error, too, when the stop has begun in the meantime.
   */
  async start<T>(part: Part<T>): Promise<T> {
    if (this.stopping) throw new Error(`${part.name} does not start: the server is stopping`);
    const started = await part.start();
    const { name, stopWithinMs = Infinity } = part;
    const running = { name, stopWithinMs, stop: () => part.stop?.(started) };
    // A start that was still under way when the stop began.
    if (this.stopping) await this.stopPart(running);
    else this.started.push(running);
    return started;
  }

  /** Stops every part that has started, in `withinMs` milliseconds at most. A second call waits for the first. */
  stop(withinMs: number): Promise<void> {
    if (!this.stopping) {
      this.deadline = performance.now() + withinMs;
      this.stopping = this.stopAll();
    }
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const part of this.started.splice(0).reverse()) await this.stopPart(part);
  }

  private async stopPart({ name, stop, stopWithinMs }: StartedPart): Promise<void> {
    const limitMs = Math.max(0, Math.min(stopWithinMs, this.deadline - performance.now()));
    try {
      const stopped = Promise.resolve().then(stop);
      if ((await raceTimeout(limitMs, stopped, CUT_OFF)) !== CUT_OFF) return;
      this.logger.warn({ part: name }, 'stopping a part of the server took too long and was abandoned');
      stopped.catch(() => undefined);
    } catch (error) {
      this.logger.error({ err: error, part: name }, 'stopping a part of the server failed');
    }
  }
}
