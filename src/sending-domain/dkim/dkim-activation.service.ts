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
  /** What the operator should know, as sentences. */
  warnings: string[];
}

/** Longer than an activation takes when every call to SES waits and times out once. */
const ACTIVATION_MS = 60_000;

export interface DkimActivationDeps {
  database: Database;
  repository: DkimKeyRepository;
  keys: DkimKeys;
  identities: SesIdentities;
  logger: Logger;
}

/** Gives keys to SES, and avoids a gap in which mail leaves unsigned as far as possible. */
export class DkimActivation {
  constructor(private readonly deps: DkimActivationDeps) {}

  /**
   * Makes SES sign the mail of the key's domain with it. If SES has no identity of the domain, it creates
   * one. After a lost answer the call may be repeated: the same key is given to SES again.
   *
   * @param force gives the key to SES although its record was not found.
   * @throws AppError NOT_FOUND, PROVIDER_ERROR, and CONFLICT when the record was not found, the key is
   *   retired or another activation of the domain is in progress.
   */
  async activate(id: string, force: boolean): Promise<Activation> {
    const seen = await this.usable(id);
    const dns = await this.published(seen, force);
    return this.alone(seen, async () => {
      const key = await this.usable(id); // Read again, because the look-up may have changed its state.
      const before = await this.deps.identities.find(key.domain);
      await this.giveToSes(key, before);
      return this.outcome(key, activationWarnings(key, dns, before));
    });
  }

  /**
   * Creates a new identity that signs with the key from the start.
   *
   * @throws AppError as `activate`, and CONFLICT when SES already has the identity.
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
      await this.giveToSes(key, null);
      return this.outcome(key, activationWarnings(key, dns, null));
    });
  }

  /** Returns the warnings that `activate` would return now. It queries DNS and SES, and changes nothing. */
  async warnings(key: DkimKeyRow): Promise<string[]> {
    const [dns, identity] = await Promise.all([
      this.deps.keys.lookUp(key),
      this.deps.identities.find(key.domain),
    ]);
    return activationWarnings(key, dns, identity);
  }

  /** For the watcher: gives a key to SES again when the outcome of the first call is unknown. */
  async repeat(key: DkimKeyRow, identity: EmailIdentity | null): Promise<void> {
    await this.alone(key, () => this.callSes(key, identity));
  }

  /**
   * Retires a key that is not in use, for example because its private key was leaked.
   *
   * @throws AppError NOT_FOUND, and CONFLICT while SES signs with it.
   */
  async retire(id: string): Promise<DkimKeyRow> {
    const key = await this.deps.repository.find(id);
    if (!key) throw unknownKey();
    const inUse = key.state === 'PENDING' || key.state === 'ACTIVE';
    if (inUse && sesVerdict(key, await this.deps.identities.find(key.domain)).kind !== 'lost') {
      const message = `SES uses this key for ${key.domain}: activate another key first, or delete the identity`;
      throw new AppError('CONFLICT', message);
    }
    await this.deps.repository.retireOne(key);
    return (await this.deps.repository.find(id))!;
  }

  private async usable(id: string): Promise<DkimKeyRow> {
    const key = await this.deps.repository.find(id);
    if (!key) throw unknownKey();
    if (key.state !== 'RETIRED') return key;
    throw new AppError(
      'CONFLICT',
      `the key ${key.selector} is retired: create a new key with another selector`,
    );
  }

  private async published(key: DkimKeyRow, force: boolean): Promise<DkimDnsCheck> {
    const dns = await this.deps.keys.lookUp(key);
    if (dns.matches || force) return dns;
    const problems = dns.problems.map(({ code, message }) => ({ code, message }));
    const message = `the DNS record of ${key.selector}._domainkey.${key.domain} is missing or wrong: ${problems.map((one) => one.message).join(' ')}`;
    throw new AppError('CONFLICT', message, { problems });
  }

  /**
   * Two activations of one domain at the same time could leave SES with one key and the table with the other.
   */
  private async alone<T>(key: DkimKeyRow, work: () => Promise<T>): Promise<T> {
    const name = `activate ${key.domain}`;
    const holder = randomUUID();
    const duty = { name, holder, leaseMs: ACTIVATION_MS, longestMs: ACTIVATION_MS };
    if (!(await takeDuty(this.deps.database, duty)))
      throw new AppError(
        'CONFLICT',
        `another activation of ${key.domain} is in progress; try again in a minute`,
      );
    try {
      return await work();
    } finally {
      await releaseDuty(this.deps.database, { name, holder, dueInMs: 0 }).catch(() => undefined);
    }
  }

  /**
   * The intent is stored first. If the answer of SES or this process is lost, the watcher completes the
   * activation.
   */
  private async giveToSes(key: DkimKeyRow, before: EmailIdentity | null): Promise<void> {
    if (!(await this.deps.repository.begin(key)))
      throw new AppError('CONFLICT', 'the key was retired in the meantime: create a new key');
    try {
      await this.callSes(key, before);
    } catch (error) {
      if (error instanceof AppError && error.extensions.unanswered !== true)
        await this.deps.repository.undo(key);
      throw error;
    }
  }

  private async callSes(key: DkimKeyRow, before: EmailIdentity | null): Promise<void> {
    if (before) await this.deps.identities.signWith(key.domain, this.deps.keys.open(key));
    else await this.deps.identities.create(key.domain, this.deps.keys.open(key));
    await this.deps.repository.recordAccepted(key);
    this.deps.logger.info({ domain: key.domain, selector: key.selector }, 'DKIM key given to SES');
  }

  /** For a moment SES may still report SUCCESS for the previous key, so only the watcher sets ACTIVE. */
  private async outcome(key: DkimKeyRow, warnings: string[]): Promise<Activation> {
    try {
      const identity = await this.deps.identities.find(key.domain);
      if (!identity)
        throw new AppError(
          'NOT_FOUND',
          `SES no longer has an identity ${key.domain}: activate the key again to create it`,
        );
      return { key: (await this.deps.repository.find(key.id))!, identity, warnings };
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
