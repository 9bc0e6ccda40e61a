import { type DkimDnsCheck } from './dkim-dns-check';
import { type EmailIdentity } from '../ses/ses-identities.types';

/**
 * Returns what an operator should know when a key is given to SES, as sentences. `before` is the identity
 * before the activation, or null when it was created with the key.
 *
 * Source of the gap: Amazon SES Developer Guide, "Provide your own DKIM authentication token (BYODKIM)",
 * which describes it for the change from Easy DKIM, but not for a change between two own keys.
 */
export function activationWarnings(
  key: { domain: string; selector: string },
  dns: DkimDnsCheck,
  before: EmailIdentity | null,
): string[] {
  const { domain } = key;
  const warnings: string[] = [];
  if (!dns.matches) {
    const problems = dns.problems.map(({ message }) => message).join(' ');
    warnings.push(
      `The DNS record is missing or wrong, so SES cannot confirm the key and mail may leave unsigned: ${problems}`,
    );
  }
  if (before?.dkim.signingEnabled && before.dkim.status === 'SUCCESS') {
    warnings.push(before.dkim.origin === 'EXTERNAL' ? keyChange(domain) : easyDkimChange(domain));
  }
  if (before && !before.dkim.signingEnabled) {
    warnings.push(
      `DKIM signing of ${domain} is switched off at SES, so its mail leaves unsigned. Switch it on with setDkimSigning(name: "${domain}", enabled: true).`,
    );
  }
  return warnings;
}

function easyDkimChange(domain: string): string {
  return (
    `${domain} is signed with Easy DKIM. From this call until SES has confirmed the new key, its mail may leave unsigned. ` +
    `To avoid this, AWS advises to send from a subdomain with its own Easy DKIM in the meantime (such as send.${domain}) ` +
    `and to delete it when byodkimReady is true. Or activate the key at a time when nothing is sent.`
  );
}

function keyChange(domain: string): string {
  return (
    `SES does not document what happens when one key of your own replaces another. Until SES has confirmed the new key of ` +
    `${domain}, its mail may leave unsigned. Leave the old record in DNS until removalSafeAt.`
  );
}
