import { type ChannelSettings } from '../channels/channel-settings';
import { type SesAccount } from '../sending-domain/ses/ses-identities.types';
import { fail, type Finding, ok, warn } from './check';

const NAME = 'SES account';
/** The used share of the daily quota from which on the check warns. */
const NEARLY_ALL = 0.8;

/** Checks the state of the account in this region. */
export function accountFindings(account: SesAccount, { ses }: Pick<ChannelSettings, 'ses'>): Finding[] {
  return [sendingFinding(account, ses.region), quotaFinding(account)].filter((finding) => finding !== null);
}

function sendingFinding(
  { sendingEnabled, enforcementStatus, productionAccess }: SesAccount,
  region: string,
): Finding {
  if (!sendingEnabled || enforcementStatus === 'SHUTDOWN')
    return fail(
      NAME,
      `the account may not send in ${region}${enforcementStatus ? ` (${enforcementStatus})` : ''}`,
      'see the reputation page of the SES console',
    );
  if (!productionAccess)
    return warn(
      NAME,
      `the account is in the SES sandbox in ${region}: it sends to verified recipients only`,
      'request production access in the SES console, under Account dashboard',
    );
  if (enforcementStatus === 'PROBATION')
    return warn(NAME, 'the account is under review', 'see the reputation page of the SES console');
  return ok(NAME, `the account may send to any recipient in ${region}`);
}

function quotaFinding({ max24HourSend, maxSendRate, sentLast24Hours }: SesAccount): Finding | null {
  // SES returns -1 for an unlimited quota.
  if (max24HourSend === null || max24HourSend < 0) return null;
  const sent = sentLast24Hours ?? 0;
  const used = `${sent} of ${max24HourSend} messages in 24 hours are used; at most ${maxSendRate ?? '?'} per second`;
  const advice = 'request a higher quota under Service Quotas';
  if (sent >= max24HourSend) return fail('SES quota', used, advice);
  return sent >= NEARLY_ALL * max24HourSend ? warn('SES quota', used, advice) : ok('SES quota', used);
}
