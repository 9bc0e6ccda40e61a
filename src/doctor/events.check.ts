import { WebhookConnection } from '../channels/webhook-connection';
import { pingProgram } from '../channels/webhook-ping';
import { type EventSettings } from '../events/event.types';
import { systemClock } from '../shared/clock';
import { type Check } from './check';
import { compareClocks } from './clock.check';

const NAME = 'events';
const TIMEOUT_MS = 10_000;
const RECEIVER = {
  name: 'the receiver of events',
  urlSetting: 'EVENTS_URL',
  secretSetting: 'EVENTS_SECRET',
  proof: 'an event',
};

/** Posts a signed `ping` to EVENTS_URL, which is not an event, and compares the clocks. */
export function eventsCheck({ url, secrets }: EventSettings & { url: string }): Check {
  const run = async () => {
    const connection = new WebhookConnection({ url, secrets }, systemClock);
    try {
      const found = await pingProgram(connection, RECEIVER, AbortSignal.timeout(TIMEOUT_MS));
      return [
        ...(await compareClocks([{ names: [RECEIVER.name], origin: connection.origin }])),
        { check: NAME, ...found },
      ];
    } finally {
      await connection.close();
    }
  };
  return { name: NAME, run };
}
