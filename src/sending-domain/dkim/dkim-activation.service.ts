import { randomUUID } from 'node:crypto';
import { type Database } from '../../database/database';
import { releaseDuty, takeDuty } from '../../database/duties/duty.repository';
import { AppError, badInput } from '../../shared/errors';
import { type Logger } from '../../observability/logger';
import { activationWarnings } from './activation-warnings';
import { type DkimDnsCheck } from './dkim-dns-check';
import { type DkimKeyRepository, type DkimKeyRow } from './dkim-key.repository';
import { type DkimKeys } from './dkim-keys.service';
import { type SesIdentities } from '../ses/ses-identities';
import { type EmailIdentity } from '../ses/ses-identities.types';
import { sesVerdict } from '../ses/ses-verdict';

export interface Activation {
  key: DkimKeyRow;
  identity: EmailIdentity;
  /** What the operator should know, in sentences. */
  warnings: string[];
}

/** Longer than an activation takes with every call to SES waiting and timing out once. */
const ACTIVATION_MS = 60_000;

/** Hands keys to SES, without a gap in which mail leaves unsigned where that can be avoided. */
export class DkimActivation {
  constructor(
    private readonly database: Database,
    private readonly keys: DkimKeyRepository,
    private readonly dkimKeys: DkimKeys,
    private readonly identities: SesIdentities,
    private readonly logger: Logger,
  ) {}

  /**
   * Makes SES sign the key's domain with it, making the identity where SES has none. May be called again after a
   * lost answer: the same key is handed over again.
   *
   * @param force hands the key over although its record is not seen.
   * @throws AppError NOT_FOUND, CONFLICT when the record is not seen, the key is retired or another activation of
   *   the domain is under way, PROVIDER_ERROR.
   */
  async activate(id: string, force: boolean): Promise<Activation> {
    const seen = await this.usable(id);
    const dns = await this.published(seen, force);
    return this.alone(seen, async () => {
      const key = await this.usable(id); // As it is now that its record was seen.
      const before = await this.identities.find(key.domain);
      await this.handOver(key, before);
      return this.outcome(key, activationWarnings(key, dns, before));
    });
  }

  /**
   * Makes a new identity that signs with the key from the start.
   *
   * @throws AppError as `activate`, and CONFLICT when SES has the identity already.
   */
  async createIdentity(id: string, name: string, force: boolean): Promise<Activation> {
    const seen = await this.usable(id);
    if (seen.domain !== name) {
      const message = `must be a key of ${name}, but is a key of ${seen.domain}`;
      throw badInput('input.dkimKeyId', 'MISMATCH', message);
    }
    const dns = await this.published(seen, force);
    return this.alone(seen, async () => {
      const key = await this.usable(id);
      await this.handOver(key, null);
      return this.outcome(key, activationWarnings(key, dns, null));
    });
  }

  /** What `activate` would warn of now. Asks DNS and SES, and changes nothing. */
  async warnings(key: DkimKeyRow): Promise<string[]> {
    const [dns, identity] = await Promise.all([this.dkimKeys.lookUp(key), this.identities.find(key.domain)]);
    return activationWarnings(key, dns, identity);
  }

  /** For the watcher: a key whose hand-over has no known end is handed over again. */
  async repeat(key: DkimKeyRow, identity: EmailIdentity | null): Promise<void> {
    await this.alone(key, () => this.tellSes(key, identity));
  }

  /**
   * Ends the life of a key that is not in use, such as one that got into wrong hands.
   *
   * @throws AppError NOT_FOUND, CONFLICT while SES signs with it.
   */
  async retire(id: string): Promise<DkimKeyRow> {
    const key = await this.keys.find(id);
    if (!key) throw unknownKey();
    const inUse = key.state === 'PENDING' || key.state === 'ACTIVE';
    if (inUse && sesVerdict(key, await this.identities.find(key.domain)).kind !== 'lost') {
      const message = `SES uses this key for ${key.domain}: activate another key first, or delete the identity`;
      throw new AppError('CONFLICT', message);
    }
    await this.keys.retireOne(key);
    return (await this.keys.find(id))!;
  }

  private async usable(id: string): Promise<DkimKeyRow> {
    const key = await this.keys.find(id);
    if (!key) throw unknownKey();
    if (key.state !== 'RETIRED') return key;
    throw new AppError(
      'CONFLICT',
      `the key ${key.selector} is retired: create a new key with another selector`,
    );
  }

  private async published(key: DkimKeyRow, force: boolean): Promise<DkimDnsCheck> {
    const dns = await this.dkimKeys.lookUp(key);
    if (dns.matches || force) return dns;
    const problems = dns.problems.map(({ code, message }) => ({ code, message }));
    const message = `the DNS record of ${key.selector}._domainkey.${key.domain} is missing or wrong: ${problems.map((one) => one.message).join(' ')}`;
    throw new AppError('CONFLICT', message, { problems });
  }

  /** Two activations of one domain at once could leave SES with one key and the table with the other. */
  private async alone<T>(key: DkimKeyRow, work: () => Promise<T>): Promise<T> {
    const name = `activate ${key.domain}`;
    const holder = randomUUID();
    const duty = { name, holder, leaseMs: ACTIVATION_MS, longestMs: ACTIVATION_MS };
    if (!(await takeDuty(this.database, duty)))
      throw new AppError(
        'CONFLICT',
        `another activation of ${key.domain} is in progress; try again in a minute`,
      );
    try {
      return await work();
    } finally {
      await releaseDuty(this.database, { name, holder, dueInMs: 0 }).catch(() => undefined);
    }
  }

  /** The intent is kept first: should SES's answer or this process be lost, the watcher finishes the work. */
  private async handOver(key: DkimKeyRow, before: EmailIdentity | null): Promise<void> {
    if (!(await this.keys.begin(key)))
      throw new AppError('CONFLICT', 'the key was retired in the meantime: create a new key');
    try {
      await this.tellSes(key, before);
    } catch (error) {
      if (error instanceof AppError && error.extensions.unanswered !== true) await this.keys.undo(key);
      throw error;
    }
  }

  private async tellSes(key: DkimKeyRow, before: EmailIdentity | null): Promise<void> {
    if (before) await this.identities.signWith(key.domain, this.dkimKeys.open(key));
    else await this.identities.create(key.domain, this.dkimKeys.open(key));
    await this.keys.handedOver(key);
    this.logger.info({ domain: key.domain, selector: key.selector }, 'DKIM key given to SES');
  }

  /** SES may say SUCCESS of the key before for a moment, so that the watcher alone says ACTIVE. */
  private async outcome(key: DkimKeyRow, warnings: string[]): Promise<Activation> {
    try {
      const identity = await this.identities.find(key.domain);
      if (!identity)
        throw new AppError(
          'NOT_FOUND',
          `SES no longer has an identity ${key.domain}: activate the key again to create it`,
        );
      return { key: (await this.keys.find(key.id))!, identity, warnings };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const message = `SES has the key, but the state of the identity could not be read: ${error.message}`;
      throw new AppError(error.code, message, { ...error.extensions, warnings });
    }
  }
}

function unknownKey(): AppError {
  return new AppError('NOT_FOUND', 'there is no DKIM key with this id');
}
