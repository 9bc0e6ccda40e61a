/**
 * The names at which a record is if its full name was entered in a DNS panel that appends the zone, which is
 * the domain or a parent of it.
 */
export function doubledNames(domain: string, name: string): string[] {
  return [domain, ...parentDomains(domain)].map((zone) => `${name}.${zone}`).filter(isDnsName);
}

/** The parent domains that can be zones of the same owner, with at least two labels. */
export function parentDomains(domain: string): string[] {
  const labels = domain.split('.');
  return labels
    .slice(1, -1)
    .map((_, index) => labels.slice(index + 1).join('.'))
    .slice(-3);
}

export function isDnsName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => label.length <= 63);
}
