import { readDomainName } from '../../recipients/domain-name';
import { TextFault } from '../../recipients/typed-text';
import { badInput } from '../../shared/errors';
import { type CompanionTarget } from '../dns/companion-check';
import { type EmailIdentity, type IdentityMailFrom } from './ses-identities.types';

/** The first labels of MAIL FROM domains that are suggested, in this order. */
const SUGGESTED_LABELS = ['mail', 'bounce'];

/**
 * Returns the canonical form of a MAIL FROM domain: a subdomain of the identity's domain that the sender does
 * not use otherwise (SES API v2, `PutEmailIdentityMailFromAttributes`).
 *
 * @param senderDomains the domains of the sender and reply addresses.
 * @throws AppError BAD_USER_INPUT at `mailFromDomain`.
 */
export function requireMailFromDomain(
  typed: string,
  identityName: string,
  senderDomains: readonly string[],
): string {
  const domain = readDomain(typed);
  const parent = domainOf(identityName);
  if (!domain.endsWith(`.${parent}`)) {
    const message = `must be a subdomain of ${parent}, such as ${suggestedMailFrom(parent, senderDomains)}`;
    throw badInput('mailFromDomain', 'NOT_A_SUBDOMAIN', message);
  }
  if (senderDomains.includes(domain)) {
    const message =
      'must not be the domain of EMAIL_FROM or EMAIL_REPLY_TO: a MAIL FROM domain can neither send nor receive other mail';
    throw badInput('mailFromDomain', 'DOMAIN_IN_USE', message);
  }
  return domain;
}

/** The records that an identity should have, with the MAIL FROM domain that it has or could have. */
export function companionTarget(
  { name, mailFrom }: Pick<EmailIdentity, 'name' | 'mailFrom'>,
  senderDomains: readonly string[],
): CompanionTarget {
  const domain = domainOf(name);
  if (mailFrom === null)
    return { domain, mailFromDomain: suggestedMailFrom(domain, senderDomains), mailFromStatus: null };
  return { domain, mailFromDomain: mailFrom.domain, mailFromStatus: mailFrom.status ?? 'unknown' };
}

/** What to do about the MAIL FROM domain of an identity; null when SES uses it. */
export function mailFromAdvice({ status, onMxFailure }: IdentityMailFrom): string | null {
  if (status === 'SUCCESS') return null;
  const next =
    status === 'FAILED'
      ? 'SES did not find the MX record within 72 hours: correct the records, then call setMailFromDomain again'
      : 'wait until SES has found the MX record, for which it looks for up to 72 hours';
  if (onMxFailure !== 'REJECT_MESSAGE') return `${next}; until then SES uses its own MAIL FROM domain`;
  return `${next}; until then SES refuses every message of this identity, so set onMxFailure to USE_DEFAULT_VALUE`;
}

/** The domains of the sender and reply addresses. */
export function senderDomains(addresses: {
  emailFrom: { address: string };
  emailReplyTo: string | null;
}): string[] {
  const { emailFrom, emailReplyTo } = addresses;
  return [emailFrom.address, ...(emailReplyTo === null ? [] : [emailReplyTo])].map(domainOf);
}

/** The domain of an identity, which is a domain or an e-mail address. */
export function domainOf(name: string): string {
  return name.slice(name.lastIndexOf('@') + 1);
}

function suggestedMailFrom(domain: string, senderDomains: readonly string[]): string {
  const names = SUGGESTED_LABELS.map((label) => `${label}.${domain}`);
  return names.find((name) => !senderDomains.includes(name)) ?? names[0]!;
}

function readDomain(typed: string): string {
  try {
    return readDomainName(typed);
  } catch (error) {
    if (error instanceof TextFault) throw badInput('mailFromDomain', error.rule, error.message);
    throw error;
  }
}
