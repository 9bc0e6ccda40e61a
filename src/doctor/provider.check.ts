import { type Provider } from '../channels/provider.types';
import { createProviders } from '../channels/registry';
import { type Config } from '../config/config';
import { createLogger } from '../observability/logger';
import { systemClock } from '../shared/clock';
import { type Check, type Finding } from './check';
import { compareClocks } from './clock.check';

const TIMEOUT_MS = 10_000;

/** The checks that the configured providers make of themselves. SES and SMTP have separate checks. */
export async function providerChecks({ channels }: Config): Promise<Check[]> {
  const emailProviders = channels.emailProviders.filter((name) => name !== 'inbox');
  // A provider of both channels has the same settings for both, so it is checked once.
  const checked: readonly string[] = ['inbox', ...emailProviders];
  const smsProviders = channels.smsProviders.filter((name) => !checked.includes(name));
  const used = { ...channels, emailProviders, smsProviders };
  // The findings report everything that a provider would log.
  const logger = createLogger('silent', (_error): _error is Error => false, process.stderr);
  const providers = await createProviders(used, { clock: systemClock, logger, inbox: null });
  const all = Object.values(providers).flat();
  return [clockCheck(all), ...all.map(checkOf)];
}

function checkOf(provider: Provider): Check {
  const name = provider.name;
  const run = async (): Promise<Finding[]> => {
    try {
      const found = (await provider.check?.(AbortSignal.timeout(TIMEOUT_MS))) ?? [];
      return found.map((finding) => ({ check: name, ...finding }));
    } finally {
      await provider.close?.();
    }
  };
  return { name, run };
}

/** Compares this machine's clock with the clocks of all providers whose signatures contain the time. */
function clockCheck(providers: readonly Provider[]): Check {
  const namesByOrigin = new Map<string, string[]>();
  for (const { name, clockOrigin } of providers)
    if (clockOrigin !== undefined)
      namesByOrigin.set(clockOrigin, [...(namesByOrigin.get(clockOrigin) ?? []), name]);
  const run = async (): Promise<Finding[]> => {
    const servers = [...namesByOrigin].map(([origin, names]) => ({ origin, names }));
    return compareClocks(servers);
  };
  return { name: 'clock', run };
}
