import { DeliveryError, type ProviderFinding } from './provider.types';

/**
 * The finding of a provider's check whose call failed.
 *
 * @throws any error that is not a DeliveryError, because it is a bug.
 */
export function refusedCall(error: unknown, advice: string): ProviderFinding {
  if (!(error instanceof DeliveryError)) throw error;
  const code = error.options.providerCode ? ` (${error.options.providerCode})` : '';
  return { status: 'FAIL', message: `${error.message}${code}`, advice };
}
