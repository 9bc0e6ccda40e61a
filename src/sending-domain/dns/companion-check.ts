import { type CompanionRecord, companionRecords } from '../dkim/dkim-record';
import { COMPANION_RULES, type CompanionFinding, type CompanionRule } from './companion-verdict';
import { weighAnswers } from './deciding-answers';
import { type DnsLookups, type DnsResolver } from './dns-resolver';
import { doubledNames } from './doubled-names';

/** What the companion records are for. Names are canonical. */
export interface CompanionTarget {
  /** The domain of the sender address. */
  domain: string;
  /** The MAIL FROM domain of the identity, or the one that it could have. */
  mailFromDomain: string;
  /** SES's status of the MAIL FROM domain; null when SES does not use it. */
  mailFromStatus: string | null;
}

export interface CompanionCheck {
  record: CompanionRecord;
  /** `WRONG`: a record exists but is not correct. `UNKNOWN`: no server answered. */
  status: 'FOUND' | 'MISSING' | 'WRONG' | 'UNKNOWN';
  /** The record is correct and has an effect: SES sends with the MAIL FROM domain, or it is a DMARC policy. */
  used: boolean;
  /** The values that DNS has now, of the type and purpose of the record. */
  found: string[];
  /** Why the record does not work. */
  problems: CompanionFinding[];
  /** What to do; null when nothing is to be done. */
  advice: string | null;
}

/**
 * Looks up the records that a sending domain should have besides DKIM. SES sends without them, but then
 * receivers are more likely to treat mail as spam. Takes at most as long as the resolver's deadline, and never
 * rejects.
 */
export function checkCompanions(
  target: CompanionTarget,
  region: string,
  resolver: DnsResolver,
): Promise<CompanionCheck[]> {
  return checkRecords(companionRecords(target.domain, region, target.mailFromDomain), target, resolver);
}

/** Looks up only the records of the MAIL FROM domain, as `checkCompanions` does. */
export function checkMailFromRecords(
  target: CompanionTarget,
  region: string,
  resolver: DnsResolver,
): Promise<CompanionCheck[]> {
  const records = companionRecords(target.domain, region, target.mailFromDomain);
  return checkRecords(
    records.filter(({ purpose }) => purpose !== 'DMARC'),
    target,
    resolver,
  );
}

function checkRecords(
  records: readonly CompanionRecord[],
  target: CompanionTarget,
  resolver: DnsResolver,
): Promise<CompanionCheck[]> {
  const lookups = resolver.begin();
  return Promise.all(records.map((record) => check(record, target, lookups)));
}

async function check(
  record: CompanionRecord,
  target: CompanionTarget,
  lookups: DnsLookups,
): Promise<CompanionCheck> {
  const rule = COMPANION_RULES[record.purpose];
  const seen = await Promise.all(namesOf(record, target.domain).map((name) => seenAt(name, rule, lookups)));
  const deciding = seen.find((one) => one !== null && one.found.length > 0) ?? seen[0] ?? null;
  const problems = deciding === null ? [unreachable(record)] : problemsOf(record, rule, deciding);
  if (problems.some(({ code }) => code === 'MISSING'))
    problems.push(...(await findDoubled(record, rule, target.domain, lookups)));
  const status = statusOf(deciding, problems);
  const used = status === 'FOUND' && (record.purpose === 'DMARC' || target.mailFromStatus === 'SUCCESS');
  const advice = used ? null : adviceFor(status, record, rule, target);
  return { record, status, used, found: deciding?.found ?? [], problems, advice };
}

/** A subdomain without a DMARC policy has the policy of a parent domain, so the parents are checked too. */
function namesOf({ purpose, name }: CompanionRecord, domain: string): string[] {
  if (purpose !== 'DMARC') return [name];
  const labels = domain.split('.');
  return labels.slice(0, -1).map((_, index) => `_dmarc.${labels.slice(index).join('.')}`);
}

/** What the deciding servers have at a name. */
interface Seen {
  /** The different answers, each with the values of the record's kind. One answer may be empty. */
  answers: string[][];
  /** All values of the record's kind. */
  found: string[];
  alias: string | null;
}

/** Null when no server answered. */
async function seenAt(name: string, rule: CompanionRule, lookups: DnsLookups): Promise<Seen | null> {
  const { answered, deciding, alias } = weighAnswers(await lookups.ask(name, rule.type));
  if (answered.length === 0) return null;
  const relevant = deciding.map(({ values }) => values.filter(rule.concerns));
  const answers = [...new Map(relevant.map((values) => [JSON.stringify(values), values])).values()];
  return { answers: answers.length > 0 ? answers : [[]], found: [...new Set(relevant.flat())], alias };
}

function problemsOf(record: CompanionRecord, rule: CompanionRule, seen: Seen): CompanionFinding[] {
  const problems = seen.answers.flatMap((values) => rule.judge(values, record));
  if (problems.length === 0) return [];
  if (seen.answers.length > 1) {
    const message = `The name servers of ${record.name} return different records. A change may still be spreading.`;
    problems.push({ code: 'SERVERS_DISAGREE', message });
  }
  if (seen.alias !== null) {
    const message = `The name ${record.name} is an alias (CNAME) of ${seen.alias}, so it cannot have other records. Remove the alias, or use another name.`;
    problems.push({ code: 'CNAME', message });
  }
  return problems;
}

function unreachable({ name, type }: CompanionRecord): CompanionFinding {
  return { code: 'DNS_UNREACHABLE', message: `No name server answered for the ${type} record of ${name}.` };
}

/** Looks for the record where a DNS panel that appends the domain has put it. */
async function findDoubled(
  record: CompanionRecord,
  rule: CompanionRule,
  domain: string,
  lookups: DnsLookups,
): Promise<CompanionFinding[]> {
  const findings = await Promise.all(
    doubledNames(domain, record.name).map(async (place): Promise<CompanionFinding[]> => {
      const seen = await seenAt(place, rule, lookups);
      if (seen === null || rule.judge(seen.found, record).length > 0) return [];
      const message = `The record is at ${place} instead of ${record.name}: enter the name without the domain, which the DNS panel appends.`;
      return [{ code: 'NAME_DOUBLED', message }];
    }),
  );
  return findings.flat();
}

function statusOf(seen: Seen | null, problems: readonly CompanionFinding[]): CompanionCheck['status'] {
  if (seen === null) return 'UNKNOWN';
  if (problems.length === 0) return 'FOUND';
  return seen.found.length === 0 ? 'MISSING' : 'WRONG';
}

function adviceFor(
  status: CompanionCheck['status'],
  record: CompanionRecord,
  rule: CompanionRule,
  { mailFromDomain, mailFromStatus }: CompanionTarget,
): string {
  if (status === 'UNKNOWN') return 'no name server answered; try again later';
  if (status === 'MISSING') return 'publish this record';
  if (status === 'WRONG') return rule.advice(record);
  if (mailFromStatus === null)
    return `SES does not use ${mailFromDomain} yet: set it with the mutation setMailFromDomain`;
  return `SES does not use ${mailFromDomain} while its status is ${mailFromStatus}: read the advice of mailFrom`;
}
