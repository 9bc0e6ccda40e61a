import { type ChannelSettings } from '../channels/channel-settings';
import { byodkimReady } from '../sending-domain/dkim/byodkim-ready';
import { checkCompanions, type CompanionCheck } from '../sending-domain/dns/companion-check';
import { type DnsResolver } from '../sending-domain/dns/dns-resolver';
import { type SesIdentities } from '../sending-domain/ses/ses-identities';
import { type EmailIdentity } from '../sending-domain/ses/ses-identities.types';
import { fail, type Finding, ok, warn } from './check';

const NAME = 'SES identity';
const SET_UP = 'set up the sending domain: docs/guides/sending-domain.md';

/** Checks the identity that permits sending from EMAIL_FROM, its DKIM signature, and the other DNS records. */
export async function identityFindings(
  ses: SesIdentities,
  { emailFrom, ses: { region, configurationSet }, sesTopicArn }: ChannelSettings,
  resolver: DnsResolver,
): Promise<Finding[]> {
  const { address } = emailFrom;
  const { identity, unverified } = await findVerified(ses, address);
  if (identity === null) {
    const known = unverified && `SES has not verified ${unverified.name} (${unverified.verificationStatus})`;
    return [fail(NAME, known ?? `SES has no identity for ${address}`, SET_UP)];
  }
  const domain = identity.name.slice(identity.name.lastIndexOf('@') + 1);
  const mailFrom = identity.mailFromDomain ?? `mail.${domain}`;
  const companions = await checkCompanions(domain, mailFrom, region, resolver);
  const findings = [ok(NAME, `${identity.name} is verified`), dkimFinding(identity)];
  if (sesTopicArn !== null && configurationSet === null && identity.configurationSet === null)
    findings.push(
      warn('SES events', 'SES publishes no events without a configuration set', 'set SES_CONFIGURATION_SET'),
    );
  return [...findings, ...companions.map(companionFinding)];
}

/** SES accepts a verified domain, a parent domain of it, or the address itself. */
async function findVerified(
  ses: SesIdentities,
  address: string,
): Promise<{ identity: EmailIdentity | null; unverified: EmailIdentity | null }> {
  const labels = address.slice(address.lastIndexOf('@') + 1).split('.');
  const domains = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
  let unverified: EmailIdentity | null = null;
  for (const name of [...domains, address]) {
    const identity = await ses.find(name);
    if (identity?.verifiedForSending) return { identity, unverified };
    unverified ??= identity;
  }
  return { identity: null, unverified };
}

function dkimFinding({ name, type, dkim }: EmailIdentity): Finding {
  const check = 'DKIM';
  if (dkim.signingEnabled && dkim.status === 'SUCCESS') {
    const whose = byodkimReady(dkim) ? "the domain's own key (BYODKIM)" : `SES's key (${dkim.origin})`;
    return ok(check, `mail of ${name} is signed with ${whose}`);
  }
  if (type === 'EMAIL_ADDRESS')
    return warn(check, `${name} is verified as an e-mail address only, so its mail is not signed`, SET_UP);
  if (!dkim.signingEnabled)
    return fail(
      check,
      `DKIM signing is switched off for ${name}`,
      'switch it on with the mutation setDkimSigning',
    );
  return fail(check, `mail of ${name} is not signed: its DKIM status at SES is ${dkim.status}`, SET_UP);
}

function companionFinding({ record, status, found, advice }: CompanionCheck): Finding {
  const check = { MAIL_FROM_MX: 'MAIL FROM', MAIL_FROM_SPF: 'SPF', DMARC: 'DMARC' }[record.purpose];
  if (status === 'FOUND') return ok(check, `the record at ${record.name} is correct`);
  const inDns = found.length > 0 ? `: DNS has ${found.join(' | ')}` : '';
  return warn(
    check,
    `the record at ${record.name} is ${status.toLowerCase()}${inDns}`,
    `${advice}; the record to publish is ${record.zoneLine}`,
  );
}
