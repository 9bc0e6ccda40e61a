import { type ChannelSettings } from '../channels/channel-settings';
import { byodkimReady } from '../sending-domain/dkim/byodkim-ready';
import { checkCompanions, type CompanionCheck } from '../sending-domain/dns/companion-check';
import { type DnsResolver } from '../sending-domain/dns/dns-resolver';
import { type SesIdentities } from '../sending-domain/ses/ses-identities';
import { companionTarget, mailFromAdvice, senderDomains } from '../sending-domain/ses/mail-from';
import { type EmailIdentity } from '../sending-domain/ses/ses-identities.types';
import { fail, type Finding, ok, warn } from './check';

const NAME = 'SES identity';
const SET_UP = 'set up the sending domain: docs/guides/sending-domain.md';

/** Checks the identity that permits sending from EMAIL_FROM, its DKIM signature, and the other DNS records. */
export async function identityFindings(
  ses: SesIdentities,
  channels: ChannelSettings,
  resolver: DnsResolver,
): Promise<Finding[]> {
  const { ses: settings, sesTopicArn } = channels;
  const { address } = channels.emailFrom;
  const { identity, unverified } = await findVerified(ses, address);
  if (identity === null) {
    const known = unverified && `SES has not verified ${unverified.name} (${unverified.verificationStatus})`;
    return [fail(NAME, known ?? `SES has no identity for ${address}`, SET_UP)];
  }
  const target = companionTarget(identity, senderDomains(channels));
  const companions = await checkCompanions(target, settings.region, resolver);
  const findings = [ok(NAME, `${identity.name} is verified`), dkimFinding(identity)];
  if (sesTopicArn !== null && settings.configurationSet === null && identity.configurationSet === null)
    findings.push(
      warn('SES events', 'SES publishes no events without a configuration set', 'set SES_CONFIGURATION_SET'),
    );
  return [
    ...findings,
    ...mailFromFindings(identity),
    ...companions.map((check) => companionFinding(check, identity)),
  ];
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

/** A MAIL FROM domain that SES does not use yet. Its records alone do not show that. */
function mailFromFindings({ mailFrom }: EmailIdentity): Finding[] {
  const advice = mailFrom && mailFromAdvice(mailFrom);
  if (mailFrom === null || advice === null) return [];
  const refuses = mailFrom.onMxFailure === 'REJECT_MESSAGE';
  const message = `SES's status of ${mailFrom.domain} is ${mailFrom.status}${refuses ? ', so SES refuses every message' : ''}`;
  return [refuses ? fail('MAIL FROM', message, advice) : warn('MAIL FROM', message, advice)];
}

function companionFinding(
  { record, status, used, found, advice }: CompanionCheck,
  { mailFrom }: EmailIdentity,
): Finding {
  const check = { MAIL_FROM_MX: 'MAIL FROM', MAIL_FROM_SPF: 'SPF', DMARC: 'DMARC' }[record.purpose];
  // If SES has the MAIL FROM domain, its status is a finding of its own.
  if (used || (status === 'FOUND' && mailFrom !== null))
    return ok(check, `the record at ${record.name} is correct`);
  if (status === 'FOUND')
    return warn(check, `the record at ${record.name} is correct, but SES does not use it`, advice!);
  const inDns = found.length > 0 ? `: DNS has ${found.join(' | ')}` : '';
  return warn(
    check,
    `the record at ${record.name} is ${status.toLowerCase()}${inDns}`,
    `${advice}; the record to publish is ${record.zoneLine}`,
  );
}
