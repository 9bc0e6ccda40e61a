import { countEvents } from '../../events/count-events';
import { EventSender } from '../../events/event-sender';
import { type AppContext } from '../app-context';
import { type Domain } from './assemble-domain';

const POLL_MS = 1_000;

/** Creates the sender of events, which does nothing without EVENTS_URL. */
export function assembleEventSender(context: AppContext, { vault }: Domain): EventSender {
  const { config, overrides, database, clock, metrics, logger } = context;
  const settings = { ...config.events, pollMs: overrides.eventPollMs ?? POLL_MS };
  if (context.events.enabled)
    metrics.gauge('injeung_events_waiting', 'Events that wait to be sent', () => countEvents(database));
  return new EventSender({ database, vault, clock, metrics, logger, settings });
}
