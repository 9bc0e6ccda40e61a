import { Resolver } from 'node:dns/promises';

/** Asks one name server for the TXT records of a name. The strings of each record are joined. */
export async function digTxt(server: string, name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([server]);
  const records = await resolver.resolveTxt(name).catch(() => []);
  return records.map((strings) => strings.join(''));
}
