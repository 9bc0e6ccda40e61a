import { type Clock, systemClock } from '../../shared/clock';
import { type DkimDnsFinding, type DkimVerdict, holdsKey, judgeRecords } from './dkim-record-verdict';
import { dkimName } from './dkim-selector';
import { weighAnswers } from '../dns/deciding-answers';
import { type DnsLookups, type DnsResolver, type ServerAnswer } from '../dns/dns-resolver';
import { doubledNames, isDnsName, parentDomains } from '../dns/doubled-names';

/** A canonical domain and selector, and the key that their record should contain. */
export interface ExpectedDkim {
  domain: string;
  selector: string;
  publicKeyBase64: string;
}

export interface DkimDnsCheck {
  /** The name has a TXT record, whatever its value is. */
  published: boolean;
  /** Every deciding server returns this key, in a form that receivers accept. */
  matches: boolean;
  /** The TXT values at the name, the strings of each value joined. */
  found: string[];
  problems: DkimDnsFinding[];
  notes: DkimDnsFinding[];
  checkedAt: Date;
}

/**
 * Looks up the record of a DKIM key and reports exactly what is wrong with it. If the zone's own servers answer, they
 * decide; answers of caches are only notes. It takes at most as long as the resolver's deadline.
 *
 * @throws DnsNameError when selector and domain together are longer than a DNS name. Errors of DNS are findings.
 */
export async function checkDkimRecord(
  expected: ExpectedDkim,
  resolver: DnsResolver,
  clock: Clock = systemClock,
): Promise<DkimDnsCheck> {
  const lookups = resolver.begin();
  const name = dkimName(expected.domain, expected.selector);
  const answers = await lookups.ask(name, 'TXT');
  const { matches, problems, notes } = weigh(answers, expected.publicKeyBase64);
  if (problems.some(({ code }) => code === 'MISSING')) {
    problems.push(...(await findMisplaced(expected, name, lookups)));
  }
  const found = [...new Set(answers.flatMap(({ values }) => values))];
  return { published: found.length > 0, matches, found, problems, notes, checkedAt: new Date(clock.now()) };
}

function weigh(answers: readonly ServerAnswer[], publicKeyBase64: string): DkimVerdict {
  const { silent, answered, whole, deciding, alias } = weighAnswers(answers);
  const notes = silent.map((answer) => noAnswer(answer, 'SERVER_SILENT'));
  if (answered.length === 0) {
    const problems = silent.map((answer) => noAnswer(answer, 'DNS_UNREACHABLE'));
    return { matches: false, problems, notes: [] };
  }
  const verdict = decide(deciding, publicKeyBase64);
  const disagreement = findDisagreement(whole, deciding, verdict.matches);

  const problems = [...verdict.problems];
  notes.push(...verdict.notes);
  if (disagreement) (disagreement.harmless ? notes : problems).push(disagreement.finding);
  if (alias !== null) (verdict.matches ? notes : problems).push(aliasFinding(alias, verdict.matches));
  return { matches: verdict.matches, problems, notes };
}

function decide(deciding: readonly ServerAnswer[], publicKeyBase64: string): DkimVerdict {
  const sets = new Map(deciding.map((answer) => [JSON.stringify(answer.values), answer.values]));
  const verdicts = [...sets.values()].map((values) =>
    values.length > 0 ? judgeRecords(values, publicKeyBase64) : missing(),
  );
  return {
    matches: verdicts.length > 0 && verdicts.every(({ matches }) => matches),
    problems: verdicts.flatMap(({ problems }) => problems),
    notes: verdicts.flatMap(({ notes }) => notes),
  };
}

function missing(): DkimVerdict {
  const message = 'The name has no TXT record yet: publish the record, or wait until DNS has it.';
  return { matches: false, problems: [{ code: 'MISSING', message }], notes: [] };
}

function noAnswer(
  { server, outcome }: ServerAnswer,
  code: 'SERVER_SILENT' | 'DNS_UNREACHABLE',
): DkimDnsFinding {
  const what = outcome === 'TIMEOUT' ? 'did not answer in time' : 'answered with an error (SERVFAIL)';
  return { code, message: `The name server ${server} ${what}.` };
}

/** Harmless when all deciding servers have the key, because caches expire. */
function findDisagreement(
  all: readonly ServerAnswer[],
  deciding: readonly ServerAnswer[],
  matches: boolean,
): { finding: DkimDnsFinding; harmless: boolean } | null {
  const groups = new Map<string, string[]>();
  for (const { server, values } of all) {
    const key = JSON.stringify(values);
    groups.set(key, [...(groups.get(key) ?? []), server]);
  }
  if (groups.size < 2) return null;
  const sides = [...groups.values()].map((servers) => servers.join(', ')).join(' / ');
  const message = `Name servers return different records (${sides}). A change may still be spreading.`;
  const decidingDiffer = new Set(deciding.map(({ values }) => JSON.stringify(values))).size > 1;
  return { finding: { code: 'SERVERS_DISAGREE', message }, harmless: matches || !decidingDiffer };
}

function aliasFinding(target: string, matches: boolean): DkimDnsFinding {
  const easyDkim = /\.amazonses\.com$/i.test(target);
  const advice = matches
    ? 'whose record has the correct key now.'
    : `so it cannot have a TXT record${easyDkim ? ' (the alias belongs to Easy DKIM)' : ''}. Remove the alias, or use another selector.`;
  return { code: 'CNAME', message: `The name is an alias (CNAME) of ${target}, ${advice}` };
}

/**
 * Looks for the record at names where it is published by mistake. A name is reported only if it has this very
 * key.
 */
async function findMisplaced(
  expected: ExpectedDkim,
  name: string,
  lookups: DnsLookups,
): Promise<DkimDnsFinding[]> {
  const places = [...doubledPlaces(expected.domain, name), ...misplacedNames(expected)];
  const findings = await Promise.all(
    places.map(async ({ place, code }): Promise<DkimDnsFinding[]> => {
      const answers = await lookups.ask(place, 'TXT');
      const values = answers.flatMap((answer) => answer.values);
      if (!values.some((value) => holdsKey(value, expected.publicKeyBase64))) return [];
      const why =
        code === 'NAME_DOUBLED' ? ': enter the name without the domain, which the DNS panel appends' : '';
      return [{ code, message: `The record is at ${place} instead of ${name}${why}.` }];
    }),
  );
  return findings.flat();
}

interface Place {
  place: string;
  code: 'NAME_DOUBLED' | 'MISPLACED';
}

function doubledPlaces(domain: string, name: string): Place[] {
  return doubledNames(domain, name).map((place) => ({ place, code: 'NAME_DOUBLED' as const }));
}

function misplacedNames({ domain, selector }: ExpectedDkim): Place[] {
  const places = [
    `${selector}.domainkey.${domain}`,
    `${selector}_domainkey.${domain}`,
    `_domainkey.${selector}.${domain}`,
    `${selector}.${domain}`,
    // The short name was entered in the panel of a parent zone.
    ...parentDomains(domain).map((parent) => `${selector}._domainkey.${parent}`),
  ];
  return places.filter(isDnsName).map((place) => ({ place, code: 'MISPLACED' as const }));
}
