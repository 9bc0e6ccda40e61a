import { type Logger } from '../../observability/logger';
import { AppError, badInput } from '../../shared/errors';
import { type CompanionCheck, checkCompanions, checkMailFromRecords } from '../dns/companion-check';
import { type DnsResolver } from '../dns/dns-resolver';
import { knownIdentityName, unknownIdentity } from './identity-name';
import { companionTarget, domainOf, requireMailFromDomain } from './mail-from';
import { type SesIdentities } from './ses-identities';
import { type EmailIdentity, type MxFailureBehavior } from './ses-identities.types';

export interface MailFromChange {
  /** The name of the identity, as the operator typed it. */
  name: string;
  /** Null removes the MAIL FROM domain, so that SES uses its own. */
  mailFromDomain: string | null;
  onMxFailure: MxFailureBehavior;
  /** Sets the domain although its records were not found. */
  force: boolean;
}

export interface MailFromDomainsDeps {
  identities: SesIdentities;
  resolver: DnsResolver;
  region: string;
  /** The domains of the sender and reply addresses. */
  senderDomains: readonly string[];
  logger: Logger;
}

/** Sets the MAIL FROM domain of identities, and looks up the records that it requires. */
export class MailFromDomains {
  constructor(private readonly deps: MailFromDomainsDeps) {}

  /**
   * Sets or removes the MAIL FROM domain of an identity. After a lost answer the call may be repeated.
   *
   * @throws AppError NOT_FOUND, PROVIDER_ERROR, BAD_USER_INPUT for a domain that cannot be used, and CONFLICT
   *   with `problems` when its records were not found.
   */
  async set({ name: typed, mailFromDomain, onMxFailure, force }: MailFromChange): Promise<EmailIdentity> {
    const name = knownIdentityName(typed);
    if (mailFromDomain === null) {
      await this.deps.identities.setMailFrom(name, null);
      return this.changed(name);
    }
    const domain = requireMailFromDomain(mailFromDomain, name, this.deps.senderDomains);
    await this.requireUsable(name, domain);
    if (!force) await this.requirePublished(name, domain);
    await this.deps.identities.setMailFrom(name, { domain, onMxFailure });
    this.deps.logger.info({ identity: domainOf(name), domain, onMxFailure }, 'MAIL FROM domain set');
    return this.changed(name);
  }

  /** The records that the identity should have besides DKIM, and their state in DNS. */
  companions(identity: Pick<EmailIdentity, 'name' | 'mailFrom'>): Promise<CompanionCheck[]> {
    const { region, resolver, senderDomains } = this.deps;
    return checkCompanions(companionTarget(identity, senderDomains), region, resolver);
  }

  /** The records of the identity's MAIL FROM domain, and their state in DNS. */
  records(identity: Pick<EmailIdentity, 'name' | 'mailFrom'>): Promise<CompanionCheck[]> {
    const { region, resolver, senderDomains } = this.deps;
    return checkMailFromRecords(companionTarget(identity, senderDomains), region, resolver);
  }

  /** SES sends mail from its identities, and a MAIL FROM domain must not be used to send mail. */
  private async requireUsable(name: string, domain: string): Promise<void> {
    if (!(await this.deps.identities.find(name))) throw unknownIdentity(name);
    if (!(await this.deps.identities.find(domain))) return;
    const message =
      'must not be an identity of its own: a MAIL FROM domain can neither send nor receive other mail';
    throw badInput('mailFromDomain', 'DOMAIN_IN_USE', message);
  }

  private async requirePublished(name: string, domain: string): Promise<void> {
    const mailFrom = { domain, status: null, onMxFailure: null };
    const checks = await this.records({ name, mailFrom });
    const problems = checks.flatMap(({ record, problems }) =>
      problems.map(({ code, message }) => ({
        record: record.zoneLine,
        purpose: record.purpose,
        code,
        message,
      })),
    );
    if (problems.length === 0) return;
    const message = `the DNS records of ${domain} are missing or wrong: ${problems.map((one) => one.message).join(' ')}`;
    throw new AppError('CONFLICT', message, { problems });
  }

  private async changed(name: string): Promise<EmailIdentity> {
    try {
      const identity = await this.deps.identities.find(name);
      if (!identity) throw unknownIdentity(name);
      return identity;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const message = `SES has accepted the change, but the state of the identity could not be read: ${error.message}`;
      throw new AppError(error.code, message, error.extensions);
    }
  }
}
