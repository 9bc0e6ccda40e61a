import { type Provider } from '../channels/provider.types';
import { type ProviderTraits } from './failover-rule';

/** What the failover rule knows about providers, in their order. */
export function traitsOf(providers: readonly Provider[]): ProviderTraits[] {
  return providers.map((provider) => ({
    name: provider.name,
    reachesOnlySome: provider.reachesOnlySome,
    settlesUnknown: provider.lookup !== undefined || provider.deduplicates === true,
  }));
}
