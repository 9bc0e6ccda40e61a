import { byodkimReady } from '../../../sending-domain/dkim/byodkim-ready';
import { type DkimKeyRow } from '../../../sending-domain/dkim/dkim-key.repository';
import {
  dkimRecord,
  type DnsRecord as DomainRecord,
  easyDkimRecords,
} from '../../../sending-domain/dkim/dkim-record';
import { type CompanionCheck } from '../../../sending-domain/dns/companion-check';
import { mailFromAdvice } from '../../../sending-domain/ses/mail-from';
import { type EmailIdentity as DomainIdentity } from '../../../sending-domain/ses/ses-identities.types';
import { type CompanionRecord } from './companion.types';
import { DkimKey, type DnsRecord } from './dkim.types';
import { type EmailIdentity } from './email-identity.types';
import { MailFrom } from './mail-from.types';

export function toDkimKey(row: DkimKeyRow): DkimKey {
  // It must be an instance of the class: type-graphql passes a copy of a plain object to each field resolver.
  return Object.assign(new DkimKey(), {
    id: row.id,
    domain: row.domain,
    selector: row.selector,
    bits: row.bits,
    state: row.state,
    record: dkimRecord(row.domain, row.selector, row.publicKey),
    createdAt: new Date(row.createdAt),
    publishedAt: toDate(row.publishedAt),
    pendingAt: toDate(row.pendingAt),
    activeAt: toDate(row.activeAt),
    failedAt: toDate(row.failedAt),
    retiredAt: toDate(row.retiredAt),
    removalSafeAt: toDate(row.removalSafeAt),
    watchedAt: toDate(row.watchedAt),
    failure: row.failure,
    drift: row.drift === null ? null : { message: row.drift, since: new Date(row.driftSince!) },
  });
}

function toDate(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}

export function toEmailIdentity({ dkim, ...identity }: DomainIdentity): EmailIdentity {
  const { signingHostedZone, ...attributes } = dkim;
  const easyDkim = dkim.origin !== 'EXTERNAL' && !identity.name.includes('@');
  const records = easyDkim ? easyDkimRecords(identity.name, dkim.tokens, signingHostedZone) : [];
  return {
    ...identity,
    dkim: { ...attributes, byodkimReady: byodkimReady(dkim), records: records.map(toDnsRecord) },
    mailFrom: toMailFrom(identity),
    mailFromDomain: identity.mailFrom?.domain ?? null,
    mailFromStatus: identity.mailFrom?.status ?? null,
  };
}

function toMailFrom({ name, mailFrom }: Pick<DomainIdentity, 'name' | 'mailFrom'>): MailFrom | null {
  if (mailFrom === null) return null;
  const advice = mailFromAdvice(mailFrom);
  return Object.assign(new MailFrom(), { ...mailFrom, advice, identity: { name, mailFrom } });
}

export function toCompanionRecord({ record, ...check }: CompanionCheck): CompanionRecord {
  return { purpose: record.purpose, record: toDnsRecord(record), ...check };
}

function toDnsRecord(record: DomainRecord & { strings?: string[] }): DnsRecord {
  return { ...record, strings: record.strings ?? [record.value] };
}
