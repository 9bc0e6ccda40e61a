import { DeliveryError } from '../channels/provider.types';
import { SensProvider } from '../channels/sens/sens.provider';
import { type Config } from '../config/config';
import { systemClock } from '../shared/clock';
import { type Check, fail, ok } from './check';

const TIMEOUT_MS = 10_000;

/** Requests a list from SENS, which costs nothing, signed with the same keys as messages. */
export function sensCheck({ channels }: Config): Check {
  const name = 'SENS';
  const run = async () => {
    const settings = { ...channels.sens, allowLms: channels.allowLms, lmsSubject: channels.brandName };
    const provider = new SensProvider(settings, systemClock);
    try {
      await provider.tryAccess(AbortSignal.timeout(TIMEOUT_MS));
      return [
        ok(
          name,
          `SENS accepts the keys. Only a sent message shows whether the sender number ${channels.sens.from} is registered`,
        ),
      ];
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      const code = error.options.providerCode ? ` (${error.options.providerCode})` : '';
      return [
        fail(name, `${error.message}${code}`, 'check SENS_SERVICE_ID, SENS_ACCESS_KEY and SENS_SECRET_KEY'),
      ];
    } finally {
      await provider.close();
    }
  };
  return { name, run };
}
