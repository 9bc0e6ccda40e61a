import { type EventSettings } from '../../events/event.types';
import { webhookSecrets } from '../keys';
import { endpoint } from '../network';
import { group, type ValuesOf } from '../setting';

export const EVENTS = group(
  {
    title: 'Events for your back end',
    intro: '[The guide](../guides/events.md) describes the events and shows a receiver.',
  },
  {
    EVENTS_URL: endpoint({
      query: true,
      privateNetworks: true,
      // The query may contain a key of the receiver.
      secret: true,
      requiredBy: ['EVENTS_SECRET'],
      description:
        'The URL of your back end that receives events: a code was verified, a message was delivered, and others. Each event is a signed POST.',
    }),
    EVENTS_SECRET: webhookSecrets({
      requiredBy: ['EVENTS_URL'],
      description:
        'The secret that signs events. To replace it, name the new and the old one: events are then signed with both.',
    }),
  },
);

export function eventSettings(values: ValuesOf<typeof EVENTS>): EventSettings {
  return { url: values.EVENTS_URL, secrets: values.EVENTS_SECRET };
}
