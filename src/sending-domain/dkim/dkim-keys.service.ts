import { randomUUID } from 'node:crypto';
import { type Keyring } from '../../keyring/keyring';
import { type Clock } from '../../shared/clock';
import { AppError, badInput } from '../../shared/errors';
import { type FieldRule } from '../../shared/field-rule';
import { Semaphore } from './semaphore';
import { checkDkimRecord, type DkimDnsCheck } from './dkim-dns-check';
import { type DkimKeyRepository, type DkimKeyRow } from './dkim-key.repository';
import { type DkimKey, DkimKeyError, generateDkimKey, parseDkimKey } from './dkim-private-key';
import { dkimName, defaultSelector, DnsNameError, parseDomain, parseSelector } from './dkim-selector';
import { type DnsResolver } from '../dns/dns-resolver';
import { type SigningKey } from '../ses/ses-identities.types';

export interface NewDkimKey {
  domain: string;
  /** As the operator typed it. If it is missing, a unique one with the date is generated. */
  selector?: string | null;
}

/** Each look-up queries several servers for up to a dozen names. Servers would refuse more at once. */
const LOOK_UPS_AT_ONCE = 8;

const RULE_OF_NAME = { domain: 'INVALID_DOMAIN', selector: 'INVALID_SELECTOR' } as const;

export interface DkimKeysDeps {
  repository: DkimKeyRepository;
  keyring: Keyring;
  resolver: DnsResolver;
  clock: Clock;
}

/** Generates, imports and stores DKIM keys, and looks up their records in DNS. */
export class DkimKeys {
  private readonly lookUps = new Semaphore(LOOK_UPS_AT_ONCE);

  constructor(private readonly deps: DkimKeysDeps) {}

  /**
   * Generates an RSA key.
   *
   * @throws AppError BAD_USER_INPUT by field; CONFLICT when the selector was used before.
   */
  async create(input: NewDkimKey & { bits: number }): Promise<DkimKeyRow> {
    const name = this.parseName(input);
    return this.keep(name, await orBadInput('input.bits', 'OUT_OF_RANGE', () => generateDkimKey(input.bits)));
  }

  /** Stores an RSA key that was generated elsewhere. Errors as with `create`. */
  async import(input: NewDkimKey & { privateKey: string }): Promise<DkimKeyRow> {
    const name = this.parseName(input);
    return this.keep(
      name,
      await orBadInput('input.privateKey', 'INVALID_PRIVATE_KEY', async () => parseDkimKey(input.privateKey)),
    );
  }

  find(id: string): Promise<DkimKeyRow | null> {
    return this.deps.repository.find(id);
  }

  /** The keys of a domain, or of all domains, newest first. A name that cannot be a domain has no keys. */
  async list(domain: string | null): Promise<DkimKeyRow[]> {
    if (domain === null) return this.deps.repository.list(null);
    try {
      return await this.deps.repository.list(parseDomain(domain));
    } catch (error) {
      if (error instanceof DnsNameError) return [];
      throw error;
    }
  }

  /** Looks up the record in DNS, in at most 5 s. If a new key has its correct record, it becomes PUBLISHED. */
  async lookUp(key: DkimKeyRow): Promise<DkimDnsCheck> {
    const { domain, selector, publicKey: publicKeyBase64 } = key;
    const expected = { domain, selector, publicKeyBase64 };
    const check = await this.lookUps.run(() =>
      checkDkimRecord(expected, this.deps.resolver, this.deps.clock),
    );
    if (check.matches && key.publishedAt === null) await this.deps.repository.publish(key.id);
    return check;
  }

  /** Decrypts the private key, to give it to SES. */
  open({ id, selector, privateKeySealed }: DkimKeyRow): SigningKey {
    return { selector, privateKey: this.deps.keyring.unseal(privateKeySealed, sealContext(id)) };
  }

  private parseName({ domain: typed, selector }: NewDkimKey): { domain: string; selector: string } {
    try {
      const domain = parseDomain(typed);
      const name = { domain, selector: parseSelector(selector ?? defaultSelector(this.deps.clock.now())) };
      dkimName(name.domain, name.selector);
      return name;
    } catch (error) {
      if (error instanceof DnsNameError)
        throw badInput(`input.${error.field}`, RULE_OF_NAME[error.field], error.message);
      throw error;
    }
  }

  private async keep(name: { domain: string; selector: string }, key: DkimKey): Promise<DkimKeyRow> {
    const id = randomUUID();
    const kept = await this.deps.repository.insert({
      id,
      ...name,
      bits: key.bits,
      publicKey: key.publicKeyBase64,
      privateKeySealed: this.deps.keyring.seal(key.sesPrivateKey, sealContext(id)),
    });
    if (!kept) {
      const message = `the selector ${name.selector} of ${name.domain} was used before: choose another one, because receivers may have cached its old key`;
      throw new AppError('CONFLICT', message);
    }
    return (await this.deps.repository.find(id))!;
  }
}

function sealContext(id: string): string {
  return `dkim_key ${id} private_key`;
}

async function orBadInput<T>(path: string, rule: FieldRule, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof DkimKeyError) throw badInput(path, rule, error.message);
    throw error;
  }
}
