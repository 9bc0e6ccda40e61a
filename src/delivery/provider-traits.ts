import { type Provider } from '../channels/provider.types';
import { type ProviderTraits } from './failover-rule';

/** What the failover rule knows about providers, in their order. */
export function traitsOf(providers: readonly Provider[]): ProviderTraits[] {
  return providers.map(({ name, reachesOnlySome, deduplicates, lookup }) => ({
    name,
    reachesOnlySome,
    settlesUnknown: lookup !== undefined || deduplicates === true,
  }));
}
