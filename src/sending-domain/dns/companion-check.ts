import { type CompanionRecord, companionRecords } from '../dkim/dkim-record';
import { parseTagList } from '../dkim/dkim-tag-list';
import { type DnsLookups, type DnsResolver, type ServerAnswer } from './dns-resolver';

export interface CompanionCheck {
  record: CompanionRecord;
  /** `WRONG`: a record exists but is not correct. `UNKNOWN`: no server answered. */
  status: 'FOUND' | 'MISSING' | 'WRONG' | 'UNKNOWN';
  /** The values that DNS has now, of the type and purpose of the record. */
  found: string[];
  /** What to do; null when nothing is to be done. */
  advice: string | null;
}

/**
 * Looks up the records that a sending domain should have besides DKIM. SES sends without them, but then
 * receivers are more likely to treat mail as spam. Names are canonical. Takes at most as long as the
 * resolver's deadline, and never rejects.
 */
export async function checkCompanions(
  domain: string,
  mailFrom: string,
  region: string,
  resolver: DnsResolver,
): Promise<CompanionCheck[]> {
  const lookups = resolver.begin();
  return Promise.all(
    companionRecords(domain, region, mailFrom).map((record) => check(record, domain, lookups)),
  );
}

async function check(record: CompanionRecord, domain: string, lookups: DnsLookups): Promise<CompanionCheck> {
  switch (record.purpose) {
    case 'MAIL_FROM_MX':
      return checkMx(record, await valuesAt(record.name, 'MX', lookups));
    case 'MAIL_FROM_SPF':
      return checkSpf(record, await valuesAt(record.name, 'TXT', lookups));
    case 'DMARC':
      return checkDmarc(record, domain, lookups);
  }
}

/** SES requires exactly one MX (Amazon SES Developer Guide, "Using a custom MAIL FROM domain"). */
function checkMx(record: CompanionRecord, found: string[] | null): CompanionCheck {
  const hosts = found?.map((value) => value.replace(/^\d+ /, ''));
  const expected = record.value.replace(/^\d+ /, '');
  const right = hosts?.length === 1 && hosts[0] === expected;
  return judged(record, found, right, `SES requires exactly one MX record here: ${record.value}`);
}

function checkSpf(record: CompanionRecord, values: string[] | null): CompanionCheck {
  const found = values?.filter((value) => /^v=spf1( |$)/i.test(value)) ?? null;
  // RFC 7208, section 3.2: more than one SPF record is an error for receivers.
  const right = found?.length === 1 && /(^| )\+?include:amazonses\.com( |$)/i.test(found[0]!);
  return judged(record, found, right, 'publish exactly one SPF record, and include:amazonses.com in it');
}

/** A subdomain without a policy has the policy of a parent domain, so the parents are checked too. */
async function checkDmarc(
  record: CompanionRecord,
  domain: string,
  lookups: DnsLookups,
): Promise<CompanionCheck> {
  const labels = domain.split('.');
  const names = labels.slice(0, -1).map((_, index) => `_dmarc.${labels.slice(index).join('.')}`);
  const answers = await Promise.all(names.map((name) => valuesAt(name, 'TXT', lookups)));
  const policies = answers.map(
    (values) => values?.filter((value) => /^v=DMARC1\s*(;|$)/.test(value)) ?? null,
  );
  const found = policies.find((values) => values !== null && values.length > 0) ?? policies[0] ?? null;
  const right = found?.length === 1 && /^(none|quarantine|reject)$/i.test(policyOf(found[0]!));
  return judged(
    record,
    found,
    right,
    'publish exactly one DMARC record, with p=none, p=quarantine or p=reject',
  );
}

function policyOf(value: string): string {
  return parseTagList(value).tags.get('p') ?? '';
}

function judged(
  record: CompanionRecord,
  found: string[] | null,
  right: boolean,
  advice: string,
): CompanionCheck {
  if (found === null)
    return { record, status: 'UNKNOWN', found: [], advice: 'no name server answered; try again later' };
  if (found.length === 0) return { record, status: 'MISSING', found, advice: 'publish this record' };
  return right
    ? { record, status: 'FOUND', found, advice: null }
    : { record, status: 'WRONG', found, advice };
}

/** The values of the zone's own servers, or else of the others; null when no server answered. */
async function valuesAt(name: string, type: 'TXT' | 'MX', lookups: DnsLookups): Promise<string[] | null> {
  const answers = (await lookups.ask(name, type)).filter(answered);
  if (answers.length === 0) return null;
  const own = answers.filter(({ authoritative }) => authoritative);
  // Only the system's resolver follows an alias.
  const deciding = own.some(({ values }) => values.length > 0) ? own : answers;
  return [...new Set(deciding.flatMap(({ values }) => values))];
}

function answered({ outcome }: ServerAnswer): boolean {
  return outcome !== 'TIMEOUT' && outcome !== 'SERVFAIL';
}
