import { type Provider } from '../channels/provider.types';
import { type ProviderTraits } from './failover-rule';

/** The properties of providers that the failover rule uses, in the order of the providers. */
export function traitsOf(providers: readonly Provider[]): ProviderTraits[] {
  return providers.map((provider) => ({
    name: provider.name,
    reachesOnlySome: provider.reachesOnlySome,
    settlesUnknown: provider.lookup !== undefined || provider.deduplicates === true,
  }));
}
