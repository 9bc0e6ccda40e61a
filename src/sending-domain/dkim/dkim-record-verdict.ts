import { parseTagList, withoutBlanks } from './dkim-tag-list';

export type DkimDnsCode =
  | 'MISSING'
  | 'DIFFERENT_KEY'
  | 'TRUNCATED'
  | 'QUOTES_OR_BLANKS'
  | 'MULTIPLE_RECORDS'
  | 'CNAME'
  | 'NAME_DOUBLED'
  | 'MISPLACED'
  | 'REVOKED'
  | 'WRONG_TAGS'
  | 'DNS_UNREACHABLE'
  | 'SERVER_SILENT'
  | 'SERVERS_DISAGREE';

export interface DkimDnsFinding {
  code: DkimDnsCode;
  /** A sentence for the operator: what was found, and what to do. */
  message: string;
}

export interface DkimVerdict {
  matches: boolean;
  /** Why receivers or SES will not accept the record. */
  problems: DkimDnsFinding[];
  /** Findings about a record that works. */
  notes: DkimDnsFinding[];
}

// Minimum length of a part that identifies a key. The header that all keys of a size have in common is
// shorter.
const IDENTIFYING_CHARACTERS = 64;

/** Compares the TXT records at a DKIM name with the key that should be there (RFC 6376, section 3.6). */
export function judgeRecords(values: readonly string[], publicKeyBase64: string): DkimVerdict {
  if (values.length === 1) return judgeRecord(values[0]!, publicKeyBase64);
  // RFC 6376, section 3.6.2.2: with several records at the name the result is undefined.
  if (values.every((value) => judgeRecord(value, publicKeyBase64).matches)) {
    const message = `${values.length} TXT records publish this key. Keep one and delete the others.`;
    return { matches: true, problems: [], notes: [{ code: 'MULTIPLE_RECORDS', message }] };
  }
  const advice = isSplit(values, publicKeyBase64)
    ? 'Together they contain the key: put them into one record as several strings.'
    : 'Keep only the one with this key.';
  const message = `The name has ${values.length} TXT records, and receivers may use any of them. ${advice}`;
  return { matches: false, problems: [{ code: 'MULTIPLE_RECORDS', message }], notes: [] };
}

/**
 * Whether a record at another name was meant for this key: it contains the key or a part that identifies it.
 */
export function holdsKey(value: string, publicKeyBase64: string): boolean {
  const found = withoutPunctuation(/(?:^|[;\s"])p=([^;]*)/.exec(value)?.[1] ?? '');
  return found.length >= IDENTIFYING_CHARACTERS && publicKeyBase64.startsWith(found);
}

function judgeRecord(value: string, publicKeyBase64: string): DkimVerdict {
  if (/["\\]/.test(value)) {
    const inner = judgeRecord(value.replace(/["\\]/g, ''), publicKeyBase64);
    const message = 'The value contains quotation marks or backslashes. Remove them.';
    return refused([{ code: 'QUOTES_OR_BLANKS', message }, ...inner.problems], inner.notes);
  }
  const { tags, order, faults } = parseTagList(value);
  const published = tags.get('p');
  if (published === undefined) return refused([missingKey(value, publicKeyBase64)]);

  const problems = [
    ...faults.map((fault) => `The record cannot be read: ${fault}.`),
    ...wrongTags(tags, order),
  ];
  const notes = tagNotes(tags);
  if (/\s/.test(published)) {
    const message = 'The value has spaces inside p=. Receivers ignore them, but SES may not. Remove them.';
    notes.push({ code: 'QUOTES_OR_BLANKS', message });
  }
  const keyProblem = compareKey(withoutBlanks(published), publicKeyBase64);
  const found = problems.map((message): DkimDnsFinding => ({ code: 'WRONG_TAGS', message }));
  if (keyProblem) found.unshift(keyProblem);
  return found.length > 0 ? refused(found, notes) : { matches: true, problems: [], notes };
}

function refused(problems: DkimDnsFinding[], notes: DkimDnsFinding[] = []): DkimVerdict {
  return { matches: false, problems, notes };
}

function missingKey(value: string, publicKeyBase64: string): DkimDnsFinding {
  const bare = withoutBlanks(value) === publicKeyBase64;
  const message = bare
    ? 'The record contains only the key. Write p= in front of it.'
    : 'The TXT record at the name has no p= tag and therefore no key.';
  return { code: 'WRONG_TAGS', message };
}

function compareKey(found: string, expected: string): DkimDnsFinding | null {
  if (found === expected) return null;
  if (found === '') {
    const message =
      'p= is empty, which revokes the key. A revoked selector must not be used again: create a new key.';
    return { code: 'REVOKED', message };
  }
  if (expected.startsWith(found)) {
    const message = `The key is cut off after ${found.length} of ${expected.length} characters. The DNS panel may require it as several strings of at most 255 characters.`;
    return { code: 'TRUNCATED', message };
  }
  const sameLetters = found.toLowerCase() === expected.toLowerCase();
  const why = sameLetters
    ? 'upper-case and lower-case letters were changed'
    : 'it belongs to another private key';
  return { code: 'DIFFERENT_KEY', message: `The record contains a different key: ${why}.` };
}

/** Finds tags that make receivers ignore the record or SES's signature, which is rsa-sha256. */
function wrongTags(tags: ReadonlyMap<string, string>, order: readonly string[]): string[] {
  const wrong: string[] = [];
  const version = tags.get('v');
  if (version !== undefined && version !== 'DKIM1') wrong.push('v= must be DKIM1, in capitals.');
  if (version !== undefined && order[0] !== 'v') wrong.push('v= must be the first tag.');
  if ((tags.get('k') ?? 'rsa') !== 'rsa') wrong.push('k= must be rsa: SES signs with RSA.');
  if (!listed(tags.get('h'), ['sha256'])) wrong.push('h= must allow sha256: SES signs with it.');
  if (!listed(tags.get('s'), ['*', 'email'])) wrong.push('s= must allow email.');
  return wrong;
}

function tagNotes(tags: ReadonlyMap<string, string>): DkimDnsFinding[] {
  const notes: DkimDnsFinding[] = [];
  const note = (message: string) => notes.push({ code: 'WRONG_TAGS', message });
  const flags = tags.get('t');
  if (flags !== undefined && listed(flags, ['y']))
    note('t=y says that DKIM is being tested. Remove it when the test is over.');
  if (flags !== undefined && listed(flags, ['s']))
    note('t=s prevents subdomains from signing with this key.');
  if (tags.has('g')) note('g= is obsolete, and old receivers may reject mail because of it. Remove it.');
  return notes;
}

/** Whether a colon-separated list has one of `allowed`; an absent tag allows everything. */
function listed(value: string | undefined, allowed: readonly string[]): boolean {
  return value === undefined || value.split(':').some((item) => allowed.includes(item.trim()));
}

/** Whether the strings of the key were published as separate records, which DNS returns in any order. */
function isSplit(values: readonly string[], publicKeyBase64: string): boolean {
  const parts = values.map((value) => withoutPunctuation(value.replace(/^.*p=/s, '')));
  const whole = parts.every((part) => part.length > 0 && publicKeyBase64.includes(part));
  return whole && parts.join('').length === publicKeyBase64.length;
}

function withoutPunctuation(value: string): string {
  return value.replace(/["\\\s]+/g, '');
}
