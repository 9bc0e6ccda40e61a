import { AuditLogResolver } from '../../api/graphql/operations/audit-log.resolver';
import { DeliveryLogResolver } from '../../api/graphql/operations/delivery-log.resolver';
import { DiagnosisResolver } from '../../api/graphql/operations/diagnosis.resolver';
import { DkimKeyResolver } from '../../api/graphql/sending-domain/dkim-key.resolver';
import { EmailIdentityResolver } from '../../api/graphql/sending-domain/email-identity.resolver';
import { ProofKeyResolver } from '../../api/graphql/operations/proof-key.resolver';
import { ErasureResolver } from '../../api/graphql/operations/erasure.resolver';
import { RefusalLogResolver } from '../../api/graphql/operations/refusal-log.resolver';
import { MailFromResolver } from '../../api/graphql/sending-domain/mail-from.resolver';
import { SuppressionResolver } from '../../api/graphql/operations/suppression.resolver';
import { SesAccountResolver } from '../../api/graphql/sending-domain/ses-account.resolver';
import { AuditLog } from '../../audit/audit-log';
import { PeriodicWork } from '../../database/duties/periodic-work';
import { DkimActivation } from '../../sending-domain/dkim/dkim-activation.service';
import { DkimKeyRepository } from '../../sending-domain/dkim/dkim-key.repository';
import { DkimKeys } from '../../sending-domain/dkim/dkim-keys.service';
import { DkimWatcher } from '../../sending-domain/dkim/dkim-watcher';
import { SystemDnsResolver } from '../../sending-domain/dns/dns-resolver';
import { EmailIdentities } from '../../sending-domain/ses/email-identities.service';
import { senderDomains } from '../../sending-domain/ses/mail-from';
import { MailFromDomains } from '../../sending-domain/ses/mail-from-domains.service';
import { SesIdentities } from '../../sending-domain/ses/ses-identities';
import { type RefusalCounter } from '../../operations/refusals/refusal-counter';
import { RefusalLog } from '../../operations/refusals/refusal-log';
import { type Metrics } from '../../observability/metrics';
import { Suppressions } from '../../operations/suppression/suppressions';
import { SesSuppressionList } from '../../sending-domain/ses/ses-suppression-list';
import { DeliveryLog } from '../../operations/delivery-log';
import { RecipientErasure } from '../../operations/recipient-erasure';
import { RecipientReads } from '../../operations/recipient-reads';
import { ProofKeyRotation } from '../../verification/proof/proof-key-rotation';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { type AppContext } from '../app-context';

/** How often this node checks whether a DKIM key is due, in milliseconds. */
const DUTY_POLL_MS = 15_000;

/** How often this node reads the proof keys that other nodes have created, in milliseconds. */
const PROOF_KEYS_READ_MS = 15_000;

/** One node at a time checks the keys. Another node takes over when it has been silent for this long. */
const WATCH = { name: 'dkim-watch', everyMs: 30_000, leaseMs: 300_000 };

/**
 * Wires the operators' features: SES identities and account, MAIL FROM domains, DKIM keys and their watcher, the rotation
 * of proof keys, erasure, suppressions, diagnosis, and the logs of actions, deliveries and refusals.
 */
export function assembleOperators(
  context: AppContext,
  { vault }: { vault: RecipientVault },
  refusals: RefusalCounter,
) {
  const { smsCountries } = context.config.verification;
  const { config, overrides, database, keyring, clock, logger, metrics } = context;
  const { region } = config.channels.ses;
  const audit = new AuditLog(database);
  const reads = new RecipientReads(vault, audit);
  const ses = new SesIdentities({ region, callsPerSecond: overrides.identityCallsPerSecond });
  const sesList = createSesSuppressionList(context);
  const { events } = context;
  const suppressions = new Suppressions({ database, vault, events, audit, providerList: sesList });
  const resolver = new SystemDnsResolver({ servers: config.dnsServers });
  const repository = new DkimKeyRepository(database);
  const keys = new DkimKeys({ repository, keyring, resolver, clock });
  const activation = new DkimActivation({ database, repository, keys, identities: ses, logger });
  const identities = new EmailIdentities(ses, repository);
  const watcher = new DkimWatcher({ repository, keys, activation, identities: ses, audit, logger });
  const watching = new PeriodicWork(
    database,
    { ...WATCH, pollMs: overrides.dutyPollMs ?? DUTY_POLL_MS },
    (signal) => watcher.checkDueKeys(signal),
    logger,
  );
  reportKeys(metrics, repository);
  const rotation = new ProofKeyRotation({
    keys: keyring.proofKeys,
    audit,
    clock,
    logger,
    settings: {
      keyDays: config.proofKeyDays,
      everyMs: overrides.proofKeysReadMs ?? PROOF_KEYS_READ_MS,
    },
  });

  const mailFromDomains = new MailFromDomains({
    identities: ses,
    resolver,
    region,
    senderDomains: senderDomains(config.channels),
    logger,
  });
  const resolvers = [
    new DkimKeyResolver(keys, activation, audit),
    new EmailIdentityResolver({ identities, keys, activation, mailFromDomains, audit }),
    new MailFromResolver(mailFromDomains, audit),
    new SesAccountResolver(ses, audit),
    new AuditLogResolver({ audit, reads, vault, smsCountries }),
    new ProofKeyResolver(rotation, audit),
    new ErasureResolver(new RecipientErasure({ database, vault, audit, refusals }), smsCountries),
    new DeliveryLogResolver(new DeliveryLog(database, vault), reads, smsCountries),
    new RefusalLogResolver(new RefusalLog(database, vault), reads, smsCountries),
    new SuppressionResolver(suppressions, reads, smsCountries),
    new DiagnosisResolver({ database, vault, suppressions }, reads, smsCountries),
  ];
  const close = async () => {
    // Waiting calls to SES are ended first, because the watcher may be waiting for them.
    ses.close();
    sesList?.close();
    await Promise.all([watching.stop(), rotation.stop()]);
  };
  const start = () => {
    watching.start();
    rotation.start();
  };
  return { resolvers, suppressions, start, close };
}

export type Operators = ReturnType<typeof assembleOperators>;

/** Null when SES is not in use: then its list matters to nobody. */
function createSesSuppressionList({ config, overrides }: AppContext): SesSuppressionList | null {
  const { ses, emailProviders } = config.channels;
  if (!emailProviders.includes('ses') && !emailProviders.includes('ses-smtp')) return null;
  return new SesSuppressionList({ region: ses.region, callsPerSecond: overrides.identityCallsPerSecond });
}

function reportKeys(metrics: Metrics, repository: DkimKeyRepository): void {
  metrics.gauges('injeung_dkim_keys', 'DKIM keys, by state', 'state', async () =>
    (await repository.count()).map(({ state, keys }) => [state, Number(keys)]),
  );
  metrics.gauge('injeung_dkim_drifted_keys', 'Active DKIM keys with a fault', async () =>
    (await repository.count()).reduce((sum, { drifted }) => sum + Number(drifted), 0),
  );
}
