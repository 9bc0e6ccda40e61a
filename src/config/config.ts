import { isIP } from 'node:net';
import { type Channel } from '../channels/provider.types';
import { type PoolSettings } from '../database/open-database';
import { tlsFault } from '../database/postgres-tls';
import { type ProofSettings } from '../verification/proof';
import { type VerificationSettings } from '../verification/verification.types';
import { type ChannelSettings, readChannels } from './channels.config';
import { Environment } from './environment';
import { readVerification } from './verification.config';

/** Everything the server is told from outside, checked. The README's table lists the variables. */
export interface Config {
  production: boolean;
  host: string;
  port: number;
  /** Sockets open at once; one more is closed as soon as it is accepted. */
  maxConnections: number;
  logLevel: string;
  /** How long a request may take to come in, headers and body, in milliseconds. */
  requestTimeoutMs: number;
  databaseUrl: string;
  pool: PoolSettings;
  /** Null outside production: then one is made and kept beside the database. */
  secrets: readonly string[] | null;
  adminKeys: readonly string[];
  appKeys: readonly string[];
  /** How many proxies stand before the server, or whose word is taken; false for none. */
  trustProxy: false | number | string[];
  corsOrigins: readonly string[];
  /** Resolvers that DKIM look-ups ask, `host:port`; none for the domain's own servers and the system's. */
  dnsServers: readonly string[];
  inboxRemote: boolean;
  shutdownDelaySeconds: number;
  /** How long after its end a verification and all that hangs on it is kept. */
  retentionDays: number;
  verification: VerificationSettings;
  proof: ProofSettings;
  /** Age at which the key that signs proofs is replaced, in days; 0 for never. */
  proofKeyDays: number;
  channels: ChannelSettings;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * Reads the settings; pure.
 *
 * @throws SettingsFault with every fault, by variable name.
 */
export function readConfig(variables: NodeJS.ProcessEnv): Config {
  const env = new Environment(variables);
  const production = env.text('NODE_ENV') === 'production';
  const secrets = env.secrets('INJEUNG_SECRET', 32);
  if (production && secrets.length === 0) env.fault('INJEUNG_SECRET', 'is required in production');
  const channels = readChannels(env, production);
  const config: Config = {
    production,
    host: env.text('HOST') ?? '127.0.0.1',
    port: env.integer('PORT', 4000, 0, 65_535),
    maxConnections: env.integer('MAX_CONNECTIONS', 10_000, 1, 1_000_000),
    logLevel: env.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    requestTimeoutMs: env.integer('REQUEST_TIMEOUT_MS', 15_000, 100, 300_000),
    databaseUrl: readDatabaseUrl(env),
    pool: {
      size: env.integer('DATABASE_POOL_SIZE', 10, 1, 1_000),
      connectTimeoutMs: env.integer('DATABASE_CONNECT_TIMEOUT_MS', 5_000, 100, 60_000),
      statementTimeoutMs: env.integer('DATABASE_STATEMENT_TIMEOUT_MS', 15_000, 100, 600_000),
    },
    secrets: secrets.length > 0 ? secrets : null,
    adminKeys: env.secrets('ADMIN_API_KEYS', 24),
    appKeys: env.secrets('APP_API_KEYS', 24),
    trustProxy: readTrustProxy(env),
    corsOrigins: readOrigins(env),
    dnsServers: readDnsServers(env),
    inboxRemote: env.flag('INBOX_REMOTE'),
    shutdownDelaySeconds: env.integer('SHUTDOWN_DELAY_SECONDS', 2, 0, 300),
    retentionDays: env.integer('RETENTION_DAYS', 30, 1, 3_650),
    verification: readVerification(env, closedChannels(channels)),
    proof: {
      issuer: env.text('PROOF_ISSUER') ?? 'injeung',
      audience: env.text('PROOF_AUDIENCE'),
      ttlSeconds: env.integer('PROOF_TTL_SECONDS', 600, 1, 86_400),
    },
    proofKeyDays: env.integer('PROOF_KEY_DAYS', 90, 0, 3_650),
    channels,
  };
  env.finish();
  return config;
}

function closedChannels({ emailProviders, smsProviders }: ChannelSettings): Channel[] {
  const closed: Channel[] = [];
  if (emailProviders.length === 0) closed.push('EMAIL');
  if (smsProviders.length === 0) closed.push('SMS');
  return closed;
}

function readDatabaseUrl(env: Environment): string {
  const fallback = 'sqlite:data/injeung.sqlite';
  const url = env.text('DATABASE_URL') ?? fallback;
  if (/^sqlite:.+/.test(url)) return url;
  const isPostgres = /^postgres(ql)?:\/\//.test(url) && URL.canParse(url);
  const fault = isPostgres ? tlsFault(new URL(url)) : 'must be sqlite:<path> or postgres://...';
  if (fault === null) return url;
  env.fault('DATABASE_URL', fault);
  return fallback;
}

function readOrigins(env: Environment): string[] {
  const origins = env.list('CORS_ORIGINS');
  const valid = (origin: string) => URL.canParse(origin) && new URL(origin).origin === origin;
  if (!origins.every(valid))
    env.fault('CORS_ORIGINS', 'each must be an origin such as https://app.example.com');
  return origins;
}

function readDnsServers(env: Environment): string[] {
  const servers = env.list('DNS_SERVERS');
  if (servers.every(isServer)) return servers;
  env.fault('DNS_SERVERS', 'each must be a host, or host:port such as 127.0.0.1:53 or [::1]:53');
  return [];
}

function isServer(server: string): boolean {
  const [, address, host, port] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(server) ?? [];
  if (isIP(server) === 6) return true;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  return address === undefined ? host !== undefined : isIP(address) === 6;
}

/**
 * `on` is one proxy. A number counts proxies from the server outwards, a list names their addresses or subnets:
 * either way the entry that the outermost of them wrote is taken, never one that a client put in front of it.
 */
function readTrustProxy(env: Environment): Config['trustProxy'] {
  const value = env.text('TRUST_PROXY')?.toLowerCase() ?? 'off';
  if (['off', 'false', 'no', '0'].includes(value)) return false;
  if (['on', 'true', 'yes'].includes(value)) return 1;
  if (/^\d$/.test(value)) return Number(value);
  const addresses = env.list('TRUST_PROXY');
  if (addresses.every((address) => isIP(address.replace(/\/\d{1,3}$/, '')) !== 0)) return addresses;
  env.fault('TRUST_PROXY', 'must be off, on, a number of proxies, or a list of addresses and subnets');
  return false;
}
