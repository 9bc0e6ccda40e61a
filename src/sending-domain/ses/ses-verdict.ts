import { type EmailIdentity } from './ses-identities.types';

/** The meaning of SES's state of a domain for one of our keys. */
export type SesVerdict =
  | { kind: 'confirmed' }
  | { kind: 'waiting' }
  /**
   * SES does not or will not sign with it; `reason` is a sentence for the operator. `mayReturn` when SES has
   * this very key but did not find its record.
   */
  | { kind: 'lost'; reason: string; mayReturn?: true };

/**
 * Evaluates SES's answer. With BYODKIM, `Tokens` contains the selector or nothing (AWS's own pages differ),
 * so only another selector shows that SES has another key.
 */
export function sesVerdict(
  { domain, selector }: { domain: string; selector: string },
  identity: EmailIdentity | null,
): SesVerdict {
  if (!identity) return { kind: 'lost', reason: `SES no longer has an identity ${domain}.` };
  const { origin, status, tokens } = identity.dkim;
  if (origin !== 'EXTERNAL') {
    return { kind: 'lost', reason: `SES signs ${domain} with ${origin ?? 'no key'} and not with this key.` };
  }
  if (tokens.length > 0 && !tokens.some((token) => token.toLowerCase() === selector)) {
    return { kind: 'lost', reason: `SES has another key for ${domain}: ${tokens.join(', ')}.` };
  }
  if (status === 'FAILED')
    return { kind: 'lost', reason: `SES did not find the DKIM record of ${domain}.`, mayReturn: true };
  return { kind: status === 'SUCCESS' ? 'confirmed' : 'waiting' };
}

/** Why SES does not sign with an active key, or null. */
export function signingFault(
  key: { domain: string; selector: string },
  identity: EmailIdentity | null,
): string | null {
  const verdict = sesVerdict(key, identity);
  if (verdict.kind === 'lost') return verdict.reason;
  if (verdict.kind === 'waiting') return `SES's DKIM status of ${key.domain} is ${identity!.dkim.status}.`;
  return identity!.dkim.signingEnabled ? null : `DKIM signing of ${key.domain} is switched off at SES.`;
}
