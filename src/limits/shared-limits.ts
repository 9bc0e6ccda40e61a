import { DAY_MS, HOUR_MS } from '../shared/clock';
import { numberBlock } from '../observability/number-block';
import { type SharedLimit, type LimitName } from './limit-refusals';
import { type IndexedKind, type RecipientVault } from '../recipients/recipient-vault';
import { type Recipient } from '../recipients/recipient';

/** The names of the shared limits. */
export const SHARED_LIMIT_NAMES: readonly LimitName[] = [
  'IP_HOURLY',
  'SMS_PREFIX',
  'SMS_DAILY',
  'EMAIL_DAILY',
];

/** A whole /48 has this many times the limit of one address, because a customer can have many /64 networks. */
export const NETWORK_FACTOR = 4;

/** The shared limits. The value 0 switches a limit off. */
export interface SharedLimitSettings {
  /** Messages that one address may request per hour. */
  ipHourly: number;
  /** SMS per block of 10,000 numbers and hour. */
  smsPrefixHourly: number;
  /** SMS per day by the whole service. */
  smsDaily: number;
  /** E-mails per day by the whole service. */
  emailDaily: number;
}

/**
 * The shared limits that a message counts for, beginning with the limits that the fewest requests share.
 *
 * @param address the key that the request's address is counted under; null when the address is not known.
 * @param extraPercent how much the limits are raised, in percent, because the human check was passed.
 */
export function sharedLimitsOf(
  recipient: Recipient,
  address: string | null,
  settings: SharedLimitSettings,
  vault: RecipientVault,
  extraPercent = 0,
): SharedLimit[] {
  const { smsPrefixHourly, smsDaily, emailDaily } = settings;
  const limits = addressLimits(address, settings, vault, extraPercent);
  const add = (name: LimitName, kind: IndexedKind, value: string, limit: number, windowMs: number) => {
    if (limit > 0)
      limits.push({ key: vault.index(kind, value), name, limit: raised(limit, extraPercent), windowMs });
  };
  if (recipient.channel === 'SMS') {
    add('SMS_PREFIX', 'sms-prefix', numberBlock(recipient.canonical), smsPrefixHourly, HOUR_MS);
    add('SMS_DAILY', 'sms-daily', '', smsDaily, DAY_MS);
  } else add('EMAIL_DAILY', 'email-daily', '', emailDaily, DAY_MS);
  return limits;
}

/** The limits of the address that a request comes from and, for IPv6, of the /48 that contains it. */
export function addressLimits(
  address: string | null,
  { ipHourly }: SharedLimitSettings,
  vault: RecipientVault,
  extraPercent = 0,
): SharedLimit[] {
  if (address === null || ipHourly === 0) return [];
  const limit = raised(ipHourly, extraPercent);
  const counted = (value: string, factor: number): SharedLimit => ({
    key: vault.index('address', value),
    name: 'IP_HOURLY',
    limit: limit * factor,
    windowMs: HOUR_MS,
  });
  const network = networkOf(address);
  return network === null ? [counted(address, 1)] : [counted(address, 1), counted(network, NETWORK_FACTOR)];
}

/** The key of the /48 that contains a /64 such as `2001:db8:1:2::/64`; null for IPv4 and unknown addresses. */
export function networkOf(address: string): string | null {
  const [, network] = /^((?:[0-9a-f]+:){3})[0-9a-f]+::\/64$/.exec(address) ?? [];
  return network === undefined ? null : `${network}:/48`;
}

/** A limit raised by `extraPercent`, rounded down to whole messages. */
export function raised(limit: number, extraPercent: number): number {
  return limit + Math.floor((limit * extraPercent) / 100);
}
