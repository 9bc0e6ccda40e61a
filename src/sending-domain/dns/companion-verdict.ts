import { type CompanionRecord } from '../dkim/dkim-record';
import { parseTagList } from '../dkim/dkim-tag-list';
import { type DnsType } from './dns-resolver';

export type CompanionCode =
  | 'MISSING'
  | 'MULTIPLE_RECORDS'
  | 'WRONG_HOST'
  | 'WRONG_PRIORITY'
  | 'SES_NOT_ALLOWED'
  | 'WRONG_POLICY'
  | 'CNAME'
  | 'NAME_DOUBLED'
  | 'SERVERS_DISAGREE'
  | 'DNS_UNREACHABLE';

export interface CompanionFinding {
  code: CompanionCode;
  /** A sentence for the operator: what was found, and what to do. */
  message: string;
}

/** How the values of one kind of companion record are judged. */
export interface CompanionRule {
  type: DnsType;
  /** Whether a value at the name is a record of this kind: a name may have other TXT values. */
  concerns: (value: string) => boolean;
  /** Why the values do not work; empty when they work. */
  judge: (values: readonly string[], record: CompanionRecord) => CompanionFinding[];
  /** What to do when a record exists that does not work. */
  advice: (record: CompanionRecord) => string;
}

export const COMPANION_RULES: Record<CompanionRecord['purpose'], CompanionRule> = {
  MAIL_FROM_MX: {
    type: 'MX',
    concerns: () => true,
    judge: judgeMx,
    advice: ({ value }) => `SES requires exactly one MX record here: ${value}`,
  },
  MAIL_FROM_SPF: {
    type: 'TXT',
    concerns: (value) => /^v=spf1( |$)/i.test(value),
    judge: judgeSpf,
    advice: () => 'publish exactly one SPF record, and include:amazonses.com in it',
  },
  DMARC: {
    type: 'TXT',
    concerns: (value) => /^v=DMARC1\s*(;|$)/.test(value),
    judge: judgeDmarc,
    advice: () => 'publish exactly one DMARC record, with p=none, p=quarantine or p=reject',
  },
};

/** SES requires exactly one MX (Amazon SES Developer Guide, "Using a custom MAIL FROM domain"). */
function judgeMx(values: readonly string[], { name, value }: CompanionRecord): CompanionFinding[] {
  const [found] = values;
  if (found === undefined) return [missing(name, 'MX')];
  if (values.length > 1) return [multiple(name, 'MX', values, `SES requires exactly one: ${value}.`)];
  const [priority, host] = partsOf(found);
  const [expectedPriority, expectedHost] = partsOf(value);
  if (host !== expectedHost) {
    const why = /^feedback-smtp\./.test(host) ? ', which belongs to another region' : '';
    const message = `The MX record of ${name} names ${host || 'no host'}${why}. It must be ${value}.`;
    return [{ code: 'WRONG_HOST', message }];
  }
  if (priority === expectedPriority) return [];
  const message = `The MX record of ${name} has the priority ${priority}. It must be ${value}.`;
  return [{ code: 'WRONG_PRIORITY', message }];
}

function partsOf(mx: string): [priority: string, host: string] {
  const [priority = '', host = ''] = mx.split(' ');
  return [priority, host];
}

function judgeSpf(values: readonly string[], { name, value }: CompanionRecord): CompanionFinding[] {
  const [found] = values;
  if (found === undefined) return [missing(name, 'SPF')];
  // RFC 7208, section 3.2: more than one SPF record is an error for receivers.
  if (values.length > 1)
    return [multiple(name, 'SPF', values, 'Receivers then ignore all of them. Keep one.')];
  const terms = found.split(/ +/);
  const allowed = terms.findIndex((term) => /^\+?include:amazonses\.com$/i.test(term));
  if (allowed === -1) {
    const message = `The SPF record of ${name} does not allow SES: it is ${found}, and must have include:amazonses.com, such as ${value}.`;
    return [{ code: 'SES_NOT_ALLOWED', message }];
  }
  // RFC 7208, section 5.1: terms after `all` are never tested.
  const all = terms.findIndex((term) => /^[+?~-]?all$/i.test(term));
  if (all === -1 || all > allowed) return [];
  const message = `The SPF record of ${name} has include:amazonses.com after ${terms[all]}, where receivers ignore it. Move it in front.`;
  return [{ code: 'SES_NOT_ALLOWED', message }];
}

function judgeDmarc(values: readonly string[], { name }: CompanionRecord): CompanionFinding[] {
  const [found] = values;
  if (found === undefined) return [missing(name, 'DMARC')];
  if (values.length > 1)
    return [multiple(name, 'DMARC', values, 'Receivers then ignore all of them. Keep one.')];
  if (/^(none|quarantine|reject)$/i.test(parseTagList(found).tags.get('p') ?? '')) return [];
  const message = `The DMARC record ${found} has no policy: it must have p=none, p=quarantine or p=reject.`;
  return [{ code: 'WRONG_POLICY', message }];
}

function missing(name: string, kind: string): CompanionFinding {
  const message = `The name ${name} has no ${kind} record yet: publish the record, or wait until DNS has it.`;
  return { code: 'MISSING', message };
}

function multiple(name: string, kind: string, values: readonly string[], what: string): CompanionFinding {
  const message = `The name ${name} has ${values.length} ${kind} records (${values.join(' | ')}). ${what}`;
  return { code: 'MULTIPLE_RECORDS', message };
}
