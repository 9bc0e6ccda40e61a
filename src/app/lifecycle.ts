import { type Logger } from '../observability/logger';
import { raceTimeout } from '../shared/race-timeout';

/** A part of the server that is started and stopped: the database, the HTTP listener, the workers. */
export interface Part<T> {
  /** The name of the part in the log. */
  name: string;
  start: () => Promise<T> | T;
  /** `started` is what the start returned. */
  stop?: (started: T) => Promise<void> | void;
  /** How long the stop may take, in milliseconds. Without it, as long as the whole stop. */
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
 * One deadline applies to the whole stop. If a part fails to stop or takes too long, it is abandoned and the
 * next parts are stopped.
 */
export class Lifecycle {
  private readonly started: StartedPart[] = [];
  private stopping: Promise<void> | null = null;
  /** The deadline of the whole stop, by the monotonic clock. */
  private deadline = Infinity;

  constructor(private readonly logger: Logger) {}

  /**
   * Starts a part. It will be stopped after every part that starts later.
   *
   * @returns what the start of the part returns.
   * @throws what the start of the part throws, and an error when the stop has already begun.
   */
  async start<T>(part: Part<T>): Promise<T> {
    if (this.stopping) throw new Error(`${part.name} does not start: the server is stopping`);
    const started = await part.start();
    const { name, stopWithinMs = Infinity } = part;
    const running = { name, stopWithinMs, stop: () => part.stop?.(started) };
    // The stop began while this part was starting.
    if (this.stopping) await this.stopPart(running);
    else this.started.push(running);
    return started;
  }

  /**
   * Stops every part that has started, in at most `withinMs` milliseconds. A second call waits for the first.
   */
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
