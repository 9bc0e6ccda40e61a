import { DAY_MS, HOUR_MS } from '../shared/clock';
import { numberBlock } from '../shared/number-block';
import { type CrowdLimit, type LimitName } from './budget.repository';
import { type People } from './people';
import { type Recipient } from './recipient';

/** The limits that are a crowd's. */
export const CROWD_LIMITS: readonly LimitName[] = ['IP_HOURLY', 'SMS_PREFIX', 'SMS_DAILY'];

/** What whole crowds may ask for; 0 switches a limit off. */
export interface CrowdSettings {
  /** Requests per address and hour. */
  ipHourly: number;
  /** SMS per block of 10,000 numbers and hour. */
  smsPrefixHourly: number;
  /** SMS per day by the whole service. */
  smsDaily: number;
}

/**
 * The crowds that a message counts for, in the order in which every node takes their rows: the fewer share a row, the
 * earlier it comes, so that the row all SMS share is held for the shortest time and nobody waits in a circle.
 *
 * @param extraPercent raises the limits: what somebody who passed the human check may have beyond them.
 */
export function crowdsOf(
  recipient: Recipient,
  address: string | null,
  { ipHourly, smsPrefixHourly, smsDaily }: CrowdSettings,
  people: People,
  extraPercent = 0,
): CrowdLimit[] {
  const raised = (limit: number) => limit + Math.floor((limit * extraPercent) / 100);
  const crowds: CrowdLimit[] = [];
  if (address !== null && ipHourly > 0) {
    const key = people.index('address', address);
    crowds.push({ key, name: 'IP_HOURLY', limit: raised(ipHourly), windowMs: HOUR_MS });
  }
  if (recipient.channel !== 'SMS') return crowds;
  if (smsPrefixHourly > 0) {
    const key = people.index('sms-prefix', numberBlock(recipient.canonical));
    crowds.push({ key, name: 'SMS_PREFIX', limit: raised(smsPrefixHourly), windowMs: HOUR_MS });
  }
  if (smsDaily > 0) {
    const key = people.index('sms-daily', '');
    crowds.push({ key, name: 'SMS_DAILY', limit: raised(smsDaily), windowMs: DAY_MS });
  }
  return crowds;
}
