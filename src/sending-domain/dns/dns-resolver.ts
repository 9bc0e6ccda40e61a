import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

export type DnsType = 'TXT' | 'MX';

/** `TIMEOUT`: no answer came. `SERVFAIL`: the server answered with an error or a refusal. */
export type DnsOutcome = 'FOUND' | 'NODATA' | 'NXDOMAIN' | 'TIMEOUT' | 'SERVFAIL';

/** The answer of one server for one name. */
export interface ServerAnswer {
  /** `ns1.example.net (192.0.2.1)`, `192.0.2.53:53`, or `system`. */
  server: string;
  /** It is one of the zone's own servers, so it answers from the zone and not from a cache. */
  authoritative: boolean;
  outcome: DnsOutcome;
  /** TXT: the strings of each record joined without a separator. MX: `10 host`. Sorted. */
  values: string[];
  /** The name is an alias of this one. An authoritative server may not know the value of the alias. */
  cname: string | null;
}

/** Look-ups that share one deadline. Queries without an answer by then are TIMEOUT. */
export interface DnsLookups {
  /** Queries every server at the same time. Never rejects, and the result is never empty. */
  ask(name: string, type: DnsType): Promise<ServerAnswer[]>;
}

export interface DnsResolver {
  begin(): DnsLookups;
}

export interface DnsOptions {
  /** `host:port`, where the host is an address or a name. If any is given, no other server is queried. */
  servers: readonly string[];
  /** For all look-ups of one `begin()` together. */
  timeoutMs?: number;
  /** Replaces the system's resolver. */
  systemServers?: readonly string[];
  /** The port of authoritative servers. */
  authoritativePort?: number;
}

const TIMEOUT_MS = 5000;
// c-ares doubles the pause for the second query: 3 s in total, so that a silent server leaves time for other
// names.
const ATTEMPT_TIMEOUT_MS = 1000;
const ATTEMPTS_PER_SERVER = 2;
const MAX_AUTHORITATIVE_SERVERS = 4;
const MAX_LABELS_ABOVE = 10;
const DNS_PORT = 53;

interface Server {
  label: string;
  authoritative: boolean;
  /** Null when the address of the server could not be found. */
  resolver: Resolver | null;
}

/**
 * Queries DNS as an operator would with `dig`: the zone's own servers, which know a change immediately, and
 * the system's resolver, which shows what caches return; or only the configured servers.
 */
export class SystemDnsResolver implements DnsResolver {
  constructor(private readonly options: DnsOptions) {}

  /** The deadline (5 s unless set) starts now. */
  begin(): DnsLookups {
    return new Lookups(this.options, AbortSignal.timeout(this.options.timeoutMs ?? TIMEOUT_MS));
  }
}

class Lookups implements DnsLookups {
  private readonly resolvers: Resolver[] = [];
  private readonly system: Resolver;
  private readonly configured: Promise<Server[]>;
  private readonly nameServers = new Map<string, Promise<string[]>>();
  private readonly authoritative = new Map<string, Promise<Server>>();

  constructor(
    private readonly options: DnsOptions,
    private readonly deadline: AbortSignal,
  ) {
    deadline.addEventListener('abort', () => this.resolvers.forEach((resolver) => resolver.cancel()));
    this.system = this.resolver(options.systemServers);
    this.configured = Promise.all(options.servers.map((address) => this.configuredServer(address)));
  }

  async ask(name: string, type: DnsType): Promise<ServerAnswer[]> {
    const configured = await this.configured;
    if (configured.length > 0) return this.askEach(configured, name, type);
    const [system, zone] = await Promise.all([
      this.askServer({ label: 'system', authoritative: false, resolver: this.system }, name, type),
      this.zoneServers(name).then((servers) => this.askEach(servers, name, type)),
    ]);
    return [...zone, system];
  }

  private askEach(servers: readonly Server[], name: string, type: DnsType): Promise<ServerAnswer[]> {
    return Promise.all(servers.map((server) => this.askServer(server, name, type)));
  }

  private async askServer(
    { resolver, label, authoritative }: Server,
    name: string,
    type: DnsType,
  ): Promise<ServerAnswer> {
    const answer = { server: label, authoritative };
    if (resolver === null) return { ...answer, outcome: 'TIMEOUT', values: [], cname: null };
    const [{ outcome, values }, alias] = await Promise.all([
      this.outcome(() => (type === 'TXT' ? texts(resolver, name) : exchanges(resolver, name))),
      // For a TXT query to an alias, a server that does not know the target's zone returns "no data".
      this.outcome(() => resolver.resolveCname(name)),
    ]);
    return { ...answer, outcome, values: values.sort(), cname: alias.values[0] ?? null };
  }

  private async outcome(ask: () => Promise<string[]>): Promise<{ outcome: DnsOutcome; values: string[] }> {
    if (this.deadline.aborted) return { outcome: 'TIMEOUT', values: [] };
    try {
      const values = await ask();
      return { outcome: values.length > 0 ? 'FOUND' : 'NODATA', values };
    } catch (error) {
      return { outcome: outcomeOf((error as NodeJS.ErrnoException).code), values: [] };
    }
  }

  /**
   * The servers of the closest zone around a name. The name itself is queried first, because the parent zone
   * of a delegated name answers with a referral, which looks like "no data".
   */
  private async zoneServers(name: string): Promise<Server[]> {
    const labels = name.split('.');
    const suffixes = labels.map((_, index) => labels.slice(index)).filter(({ length }) => length >= 2);
    const zones = suffixes.slice(-MAX_LABELS_ABOVE).map((suffix) => suffix.join('.'));
    const answers = await Promise.all(zones.map((zone) => this.zoneNameServers(zone)));
    const names = answers.find((answer) => answer.length > 0) ?? [];
    return Promise.all(names.map((host) => this.authoritativeServer(host)));
  }

  private zoneNameServers(zone: string): Promise<string[]> {
    return remember(this.nameServers, zone, async () => {
      const { values } = await this.outcome(() => this.system.resolveNs(zone));
      return values.sort().slice(0, MAX_AUTHORITATIVE_SERVERS);
    });
  }

  private authoritativeServer(host: string): Promise<Server> {
    return remember(this.authoritative, host, async () => {
      const families = [() => this.system.resolve4(host), () => this.system.resolve6(host)];
      for (const resolve of families) {
        const [address] = (await this.outcome(resolve)).values;
        if (address === undefined) continue;
        const endpoint = endpointOf(address, this.options.authoritativePort ?? DNS_PORT);
        return { label: `${host} (${address})`, authoritative: true, resolver: this.resolver([endpoint]) };
      }
      return { label: host, authoritative: true, resolver: null };
    });
  }

  private async configuredServer(label: string): Promise<Server> {
    const server = { label, authoritative: false };
    const [, host = label, port = DNS_PORT] = /^\[?(.*?)\]?:(\d+)$/.exec(label) ?? [];
    const address = await this.addressOf(isIP(label) === 0 ? host : label);
    if (address === null) return { ...server, resolver: null };
    return { ...server, resolver: this.resolver([endpointOf(address, Number(port))]) };
  }

  /** Containers know their resolver by name, but c-ares requires an address. */
  private async addressOf(host: string): Promise<string | null> {
    if (isIP(host) !== 0) return host;
    const late = new Promise<null>((resolve) => this.deadline.addEventListener('abort', () => resolve(null)));
    const found = lookup(host).then(
      ({ address }) => address,
      () => null,
    );
    return Promise.race([found, late]);
  }

  /**
   * Creates one resolver per server, so that each answer belongs to a known server, and a new one each time,
   * because c-ares caches.
   */
  private resolver(addresses?: readonly string[]): Resolver {
    const resolver = new Resolver({ timeout: ATTEMPT_TIMEOUT_MS, tries: ATTEMPTS_PER_SERVER });
    if (addresses) resolver.setServers(addresses);
    this.resolvers.push(resolver);
    return resolver;
  }
}

async function texts(resolver: Resolver, name: string): Promise<string[]> {
  return (await resolver.resolveTxt(name)).map((strings) => strings.join(''));
}

async function exchanges(resolver: Resolver, name: string): Promise<string[]> {
  const records = await resolver.resolveMx(name);
  return records.map(({ priority, exchange }) => `${priority} ${exchange.toLowerCase()}`);
}

function outcomeOf(code: string | undefined): DnsOutcome {
  if (code === 'ENODATA') return 'NODATA';
  if (code === 'ENOTFOUND') return 'NXDOMAIN';
  return code === 'ETIMEOUT' || code === 'ECANCELLED' || code === 'ECONNREFUSED' ? 'TIMEOUT' : 'SERVFAIL';
}

function endpointOf(address: string, port: number): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

function remember<T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  const before = known.get(key);
  if (before) return before;
  const found = find();
  known.set(key, found);
  return found;
}
