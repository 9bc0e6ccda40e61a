import { isAlias, isMap, isScalar, isSeq, type Node, type ParsedNode } from 'yaml';
import { PURPOSE_NAME, PURPOSE_NAME_RULE } from '../../shared/purpose-name';
import { type PurposePolicy, type PurposeSettings } from '../../verification/verification.types';
import { readSmallFile } from '../files';
import { Fault } from '../setting';
import { type ParsedFile, parseFile } from './parse-file';
import { POLICY_KEYS } from './policy-keys';

/** Enough for hundreds of purposes, and parsed in milliseconds. */
const MAX_BYTES = 65_536;

const ROOT_KEYS = ['purposes', 'strict', '$schema'] as const;

/**
 * Reads PURPOSES_FILE.
 *
 * @returns the policies, or every fault as the end of a sentence that begins with the name of the variable.
 */
export function readPurposesFile(path: string): PurposeSettings | readonly string[] {
  const text = readSmallFile(path, MAX_BYTES);
  if (text instanceof Fault) return [text.message];
  const file = parseFile(text);
  if (!('contents' in file)) return file;
  const reading = new Reading(file);
  const settings = readRoot(reading);
  return reading.faults.length > 0 ? reading.faults : settings;
}

interface Entry {
  key: string;
  /** `purposes.login.codeLength`, for messages. */
  path: string;
  keyNode: Node | null;
  value: ParsedNode | null;
}

/** Collects the faults of one file, each with the path of its key and its line. */
class Reading {
  readonly faults: string[] = [];

  constructor(private readonly file: ParsedFile) {}

  get contents(): ParsedNode | null {
    return this.file.contents;
  }

  add(path: string, message: string, node: Node | null): void {
    const line = this.file.lineOf(node);
    this.faults.push(`${path === '' ? '' : `${path}: `}${message}${line === null ? '' : ` (line ${line})`}`);
  }

  /** The entries of a map. Adds a fault if the node is not a map, and for every key that occurs twice. */
  entries(path: string, node: ParsedNode | null, rule = 'must be a map'): Entry[] {
    if (!isMap<ParsedNode, ParsedNode | null>(node)) {
      this.add(path, isAlias(node) ? NO_ALIAS : rule, node);
      return [];
    }
    const seen = new Set<string>();
    return node.items.flatMap(({ key: keyNode, value }) => {
      const key = isScalar(keyNode) ? String(keyNode.value) : '';
      const entry = { key, path: path === '' ? written(key) : `${path}.${written(key)}`, keyNode, value };
      if (!seen.has(key)) {
        seen.add(key);
        return [entry];
      }
      this.add(entry.path, 'must not occur twice', keyNode);
      return [];
    });
  }

  unknownKey({ path, keyNode }: Entry, known: readonly string[]): void {
    this.add(path, `is not a key here; the keys are ${known.join(', ')}`, keyNode);
  }
}

const NO_ALIAS = 'must not be an alias; write the value itself';

function readRoot(reading: Reading): PurposeSettings {
  const settings = { byName: new Map<string, PurposePolicy>(), strict: false };
  if (valueOf(reading.contents) === null) {
    reading.add('', 'names an empty file; it must have the key purposes', null);
    return settings;
  }
  const entries = reading.entries('', reading.contents, 'must contain a map with the key purposes');
  if (isMap(reading.contents) && !entries.some(({ key }) => key === 'purposes'))
    reading.add('purposes', 'is required', null);
  for (const entry of entries) {
    if (entry.key === 'purposes') settings.byName = readPurposes(reading, entry);
    else if (entry.key === 'strict') settings.strict = readStrict(reading, entry);
    else if (entry.key !== '$schema') reading.unknownKey(entry, ROOT_KEYS);
  }
  return settings;
}

function readStrict(reading: Reading, { path, value }: Entry): boolean {
  const strict = valueOf(value);
  if (typeof strict === 'boolean') return strict;
  reading.add(path, 'must be true or false', value);
  return false;
}

function readPurposes(reading: Reading, { path, keyNode, value }: Entry): Map<string, PurposePolicy> {
  const policies = new Map<string, PurposePolicy>();
  const entries = reading.entries(path, value);
  if (isMap(value) && entries.length === 0) reading.add(path, 'must have at least one purpose', keyNode);
  for (const entry of entries) {
    if (!PURPOSE_NAME.test(entry.key)) reading.add(entry.path, PURPOSE_NAME_RULE, entry.keyNode);
    policies.set(entry.key, readPolicy(reading, entry));
  }
  return policies;
}

function readPolicy(reading: Reading, { path, value }: Entry): PurposePolicy {
  const policy: Record<string, unknown> = {};
  for (const key of Object.keys(POLICY_KEYS)) policy[key] = null;
  // `login:` without a value lists the purpose and changes nothing.
  const entries = valueOf(value) === null ? [] : reading.entries(path, value);
  for (const entry of entries) {
    if (!isPolicyKey(entry.key)) {
      reading.unknownKey(entry, Object.keys(POLICY_KEYS));
      continue;
    }
    const read = isAlias(entry.value)
      ? new Fault(NO_ALIAS)
      : POLICY_KEYS[entry.key].read(valueOf(entry.value));
    if (read instanceof Fault) reading.add(entry.path, read.message, entry.value ?? entry.keyNode);
    else policy[entry.key] = read;
  }
  return policy as unknown as PurposePolicy;
}

function isPolicyKey(key: string): key is keyof PurposePolicy {
  return Object.hasOwn(POLICY_KEYS, key);
}

/** The value of a scalar or of a list of scalars; undefined for everything else. */
function valueOf(node: ParsedNode | null): unknown {
  if (node === null) return null;
  if (isScalar(node)) return node.value;
  return isSeq(node) ? node.items.map((item) => (isScalar(item) ? item.value : undefined)) : undefined;
}

/** A key in a message. A key of unusual characters is quoted and shortened. */
function written(key: string): string {
  return /^[\w$-]{1,64}$/.test(key) ? key : JSON.stringify(key.slice(0, 64));
}
