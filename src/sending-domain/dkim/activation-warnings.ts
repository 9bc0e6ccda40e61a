import { type DkimDnsCheck } from './dkim-dns-check';
import { type EmailIdentity } from '../ses/ses-identities.types';

/**
 * What an operator should know when a key is handed to SES, in plain sentences. `before` is the identity as it was,
 * or null when it was made with the key.
 *
 * Source of the gap: Amazon SES Developer Guide, "Provide your own DKIM authentication token (BYODKIM)", which
 * describes it for the change from Easy DKIM and says nothing of a change between two keys.
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
      `The record was not seen, so SES cannot confirm the key and mail may go unsigned: ${problems}`,
    );
  }
  if (before?.dkim.signingEnabled && before.dkim.status === 'SUCCESS') {
    warnings.push(before.dkim.origin === 'EXTERNAL' ? keyChange(domain) : easyDkimChange(domain));
  }
  if (before && !before.dkim.signingEnabled) {
    warnings.push(
      `DKIM signing of ${domain} is switched off at SES: nothing is signed until setDkimSigning(name: "${domain}", enabled: true).`,
    );
  }
  return warnings;
}

function easyDkimChange(domain: string): string {
  return (
    `${domain} was signed with Easy DKIM until now: from this call until SES has confirmed the new key, mail may ` +
    `leave unsigned. The way around it that AWS advises is to send from a subdomain with Easy DKIM of its own in the ` +
    `meantime (such as send.${domain}), and to delete that one when byodkimReady is true; or to switch when nothing is sent.`
  );
}

function keyChange(domain: string): string {
  return (
    `SES does not document what happens between two keys of one's own: until it has confirmed the new key of ` +
    `${domain}, mail may leave unsigned. Leave the old record in DNS until removalSafeAt.`
  );
}
