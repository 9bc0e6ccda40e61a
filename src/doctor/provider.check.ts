import { NoAnswer, ProviderConnection } from '../channels/provider-connection';
import { type Provider } from '../channels/provider.types';
import { createProviders } from '../channels/registry';
import { type Config } from '../config/config';
import { createLogger } from '../observability/logger';
import { systemClock } from '../shared/clock';
import { type Check, type Finding } from './check';
import { clockFinding } from './clock.check';

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
  return Object.values(providers).flat().map(checkOf);
}

function checkOf(provider: Provider): Check {
  const name = provider.name;
  const run = async (): Promise<Finding[]> => {
    try {
      const found = (await provider.check?.(AbortSignal.timeout(TIMEOUT_MS))) ?? [];
      return [...(await compareClocks(provider)), ...found.map((finding) => ({ check: name, ...finding }))];
    } finally {
      await provider.close?.();
    }
  };
  return { name, run };
}

/** Providers refuse signatures whose time is too far from their own. */
async function compareClocks({ name, clockOrigin }: Provider): Promise<Finding[]> {
  const theirsMs = clockOrigin === undefined ? null : await readServerTimeMs(clockOrigin);
  // The provider's own check reports that it cannot be reached.
  return theirsMs === null ? [] : [clockFinding(name, theirsMs)];
}

/** Reads the time of any HTTP answer, which may be a refusal (RFC 9110, section 6.6.1). */
async function readServerTimeMs(origin: string): Promise<number | null> {
  const connection = new ProviderConnection();
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { headers } = await connection.call({ method: 'GET', origin, path: '/', headers: {}, signal });
    const theirsMs = Date.parse(headers.date ?? '');
    return Number.isNaN(theirsMs) ? null : theirsMs;
  } catch (error) {
    if (error instanceof NoAnswer) return null;
    throw error;
  } finally {
    await connection.close();
  }
}
