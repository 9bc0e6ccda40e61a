/**
 * What a dispatcher is doing with the queue in the database:
 *
 * | mode             | meaning                                                                                     |
 * | ---------------- | ------------------------------------------------------------------------------------------- |
 * | `created`        | It has not started. It claims nothing and offers no leases.                                 |
 * | `idle`           | No claim is running. The last one left no due delivery, or it failed.                        |
 * | `claiming`       | A claim is running.                                                                         |
 * | `claiming-again` | A claim is running, and another delivery became due that it may have missed. Another claim follows. |
 * | `full`           | No claim is running, because this node has as many deliveries as it can send at once.       |
 * | `draining`       | It is stopping: deliveries whose send has not begun are released, and running sends end.    |
 * | `stopped`        | It has stopped.                                                                             |
 *
 * Sends run in all modes from `idle` to `draining`. The transitions and their causes:
 *
 * | from                     | to               | cause                                                                |
 * | ------------------------ | ---------------- | -------------------------------------------------------------------- |
 * | `created`                | `idle`           | the start                                                            |
 * | `idle`                   | `claiming`       | a wake-up: a poll, a retry that is due, a delivery without a lease   |
 * | `full`                   | `claiming`       | a wake-up, or half of the running sends have ended                   |
 * | `claiming`               | `claiming-again` | a wake-up                                                            |
 * | `claiming-again`         | `claiming`       | the claim has ended                                                  |
 * | `claiming`               | `idle`           | the claim returned fewer deliveries than its limit, or failed           |
 * | `claiming`               | `full`           | this node has as many deliveries as it can send at once             |
 * | any but the last two     | `draining`       | the stop                                                             |
 * | `draining`               | `stopped`        | all sends have ended, or the stop took too long                      |
 */
export type DispatcherMode =
  'created' | 'idle' | 'claiming' | 'claiming-again' | 'full' | 'draining' | 'stopped';

const NEXT_MODES: Record<DispatcherMode, readonly DispatcherMode[]> = {
  created: ['idle', 'draining'],
  idle: ['claiming', 'draining'],
  claiming: ['claiming-again', 'idle', 'full', 'draining'],
  'claiming-again': ['claiming', 'draining'],
  full: ['claiming', 'draining'],
  draining: ['stopped'],
  stopped: [],
};

/** @throws Error for a transition that is not listed above, which is a bug in the dispatcher. */
export function assertTransition(from: DispatcherMode, to: DispatcherMode): void {
  if (!NEXT_MODES[from].includes(to)) throw new Error(`the dispatcher cannot go from ${from} to ${to}`);
}
