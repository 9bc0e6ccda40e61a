import { type ChannelSettings } from '../channels/channel-settings';
import { type ProviderLists } from '../channels/registry';
import { type TemplateSettings } from '../channels/templates/templates';
import { type EventSettings } from '../events/event.types';
import { type PoolSettings } from '../database/pool-settings';
import { type ProofSettings } from '../verification/proof/proof-signer';
import { type PurposeSettings, type VerificationSettings } from '../verification/verification.types';
import { GROUPS } from './declaration';
import { type AccessKey } from './keys';
import { type TrustedProxies } from './network';
import { SettingsReader } from './read-settings';
import { checkKeysDiffer, proofSettings } from './settings/access.settings';
import { codeSettings, purposesOfTemplates, readPurposes } from './settings/codes.settings';
import { poolSettings } from './settings/database.settings';
import { checkProviders, closedChannels } from './settings/delivery.settings';
import { eventSettings } from './settings/events.settings';
import { humanCheckSettings } from './settings/human-check.settings';
import { recipientLimits, sharedLimits } from './settings/limits.settings';
import { checkTemplates } from './settings/messages.settings';
import { providerSettings } from './settings/providers/providers.settings';
import { checkSesSmtp, checkTopicRegion } from './settings/providers/ses.settings';
import { type ValuesOf } from './setting';
import { Faults } from './settings-fault';
import { type UnknownName, unknownNames } from './unknown-names';

/** The checked settings of all features. `declaration.ts` declares the variables. */
export interface Config {
  production: boolean;
  host: string;
  port: number;
  /** Maximum number of open sockets. Further ones are closed as soon as they are accepted. */
  maxConnections: number;
  logLevel: string;
  /** Null means `pretty` on a terminal outside production, otherwise `json`. */
  logFormat: 'json' | 'pretty' | null;
  /** How long a client may take to send a request with headers and body. */
  requestTimeoutMs: number;
  databaseUrl: string;
  pool: PoolSettings;
  /** Null when none is set, outside production. A secret is then generated and stored beside the database. */
  secrets: readonly string[] | null;
  adminKeys: readonly AccessKey[];
  appKeys: readonly AccessKey[];
  trustProxy: TrustedProxies;
  corsOrigins: readonly string[];
  /**
   * DNS servers for DKIM look-ups, as `host:port`. Empty means the domain's own servers and those of the
   * system.
   */
  dnsServers: readonly string[];
  inboxRemote: boolean;
  shutdownDelaySeconds: number;
  /** How long a verification and all of its data are stored after it has expired. */
  retentionDays: number;
  /** How long entries of the audit log are stored; 0 means for ever. */
  auditRetentionDays: number;
  verification: VerificationSettings;
  proof: ProofSettings;
  /** Age in days at which the key that signs proofs is replaced; 0 means never. */
  proofKeyDays: number;
  channels: ChannelSettings & ProviderLists;
  templates: TemplateSettings;
  events: EventSettings;
  /** Variables that look like settings but have no effect. */
  unknownNames: readonly UnknownName[];
}

type Values = { [N in keyof typeof GROUPS]: ValuesOf<(typeof GROUPS)[N]> };

/**
 * Reads the settings from environment variables.
 *
 * @throws SettingsFault with every fault, by variable name.
 */
export function readConfig(variables: NodeJS.ProcessEnv): Config {
  const faults = new Faults();
  const unknown = unknownNames(variables);
  const reader = new SettingsReader(variables, faults, unknown);
  const values: Values = reader.readAll(GROUPS);
  checkTogether(values, reader.production, faults);
  const purposes = readPurposes(values.codes.PURPOSES_FILE, faults);
  const templates = templateSettings(values, purposes);
  checkTemplates(templates, faults);
  faults.throwIfAny();
  const { server, database, access } = values;
  return {
    production: reader.production,
    host: server.HOST,
    port: server.PORT,
    maxConnections: server.MAX_CONNECTIONS,
    logLevel: server.LOG_LEVEL,
    logFormat: server.LOG_FORMAT,
    requestTimeoutMs: server.REQUEST_TIMEOUT_MS,
    databaseUrl: database.DATABASE_URL,
    pool: poolSettings(database),
    secrets: access.INJEUNG_SECRET.length > 0 ? access.INJEUNG_SECRET : null,
    adminKeys: access.ADMIN_API_KEYS,
    appKeys: access.APP_API_KEYS,
    trustProxy: server.TRUST_PROXY,
    corsOrigins: server.CORS_ORIGINS,
    dnsServers: server.DNS_SERVERS,
    inboxRemote: server.INBOX_REMOTE,
    shutdownDelaySeconds: server.SHUTDOWN_DELAY_SECONDS,
    retentionDays: database.RETENTION_DAYS,
    auditRetentionDays: database.AUDIT_RETENTION_DAYS,
    verification: verificationSettings(values, purposes),
    proof: proofSettings(access),
    proofKeyDays: access.PROOF_KEY_DAYS,
    channels: channelSettings(values),
    templates,
    events: eventSettings(values.events),
    unknownNames: unknown,
  };
}

/** Checks that concern several settings at once. */
function checkTogether({ access, delivery, ses }: Values, production: boolean, faults: Faults): void {
  checkKeysDiffer(access, faults);
  checkProviders(delivery, production, faults);
  if (delivery.EMAIL_PROVIDER.includes('ses-smtp')) checkSesSmtp(ses, faults);
  if (delivery.EMAIL_PROVIDER.some((name) => name === 'ses' || name === 'ses-smtp'))
    checkTopicRegion(ses, faults);
}

function verificationSettings(
  { delivery, codes, limits, humanCheck, messages }: Values,
  purposes: PurposeSettings,
): VerificationSettings {
  return {
    purposes,
    ...codeSettings(codes),
    closedChannels: closedChannels(delivery),
    limits: recipientLimits(limits),
    sharedLimits: sharedLimits(limits),
    humanCheck: humanCheckSettings(humanCheck),
    appHashes: messages.SMS_APP_HASHES,
  };
}

function templateSettings(
  { delivery, messages, codes }: Values,
  purposes: PurposeSettings,
): TemplateSettings {
  return {
    dir: messages.TEMPLATES_DIR,
    defaultLocale: messages.DEFAULT_LOCALE,
    brandName: messages.BRAND_NAME,
    webOtpDomain: messages.SMS_WEBOTP_DOMAIN,
    appHashes: messages.SMS_APP_HASHES,
    allowLms: messages.SMS_ALLOW_LMS,
    smsCodeLength: codes.SMS_CODE_LENGTH,
    closedChannels: closedChannels(delivery),
    ...purposesOfTemplates(purposes, codes.SMS_CODE_LENGTH),
  };
}

function channelSettings(values: Values): ChannelSettings & ProviderLists {
  const { delivery, messages } = values;
  return {
    emailProviders: delivery.EMAIL_PROVIDER,
    smsProviders: delivery.SMS_PROVIDER,
    sendTimeoutMs: delivery.SEND_TIMEOUT_MS,
    sendConcurrency: delivery.SEND_CONCURRENCY,
    brandName: messages.BRAND_NAME,
    emailFrom: messages.EMAIL_FROM,
    emailReplyTo: messages.EMAIL_REPLY_TO?.address ?? null,
    allowLms: messages.SMS_ALLOW_LMS,
    ...providerSettings(values),
  };
}
