import { EventSender } from '../../events/event-sender';
import { measureWaitingEvents } from '../../events/measure-waiting-events';
import { type AppContext } from '../app-context';
import { type Domain } from './assemble-domain';

const POLL_MS = 1_000;

/** Creates the sender of events, which does nothing without EVENTS_URL. */
export function assembleEventSender(context: AppContext, { vault }: Domain): EventSender {
  const { config, overrides, database, clock, metrics, logger } = context;
  const settings = { ...config.events, pollMs: overrides.eventPollMs ?? POLL_MS };
  if (context.events.enabled) {
    metrics.gauge(
      'injeung_events_waiting',
      'Events that the receiver has not accepted yet',
      async () => (await measureWaitingEvents(database)).count,
    );
    metrics.gauge(
      'injeung_events_oldest_seconds',
      'Age of the oldest event that waits, in seconds',
      async () => (await measureWaitingEvents(database)).oldestSeconds,
    );
  }
  return new EventSender({ database, vault, clock, metrics, logger, settings });
}
