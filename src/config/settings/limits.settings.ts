import { type RecipientLimits } from '../../limits/recipient-limits';
import { type SharedLimitSettings } from '../../limits/shared-limits';
import { integer, optionalInteger } from '../kinds';
import { RECIPIENT_LIMIT } from '../ranges';
import { group, type ValuesOf } from '../setting';

const SHARED = { min: 0, max: 1_000_000 };

export const LIMITS = group(
  { title: 'Limits', intro: '0 switches a limit off.' },
  {
    RESEND_COOLDOWN_SECONDS: integer({
      default: 60,
      min: 0,
      max: 86_400,
      unit: 'seconds',
      description: 'Minimum time between two messages to one recipient on one channel.',
    }),
    RECIPIENT_HOURLY_LIMIT: integer({
      ...RECIPIENT_LIMIT,
      default: 5,
      description: 'Maximum number of messages to one recipient in any hour.',
    }),
    RECIPIENT_DAILY_LIMIT: integer({
      ...RECIPIENT_LIMIT,
      default: 10,
      description: 'Maximum number of messages to one recipient in any 24 hours.',
    }),
    RECIPIENT_DAILY_GUESSES: integer({
      ...RECIPIENT_LIMIT,
      default: 20,
      description:
        'Maximum number of wrong attempts at the codes of one recipient in any 24 hours. All codes count together, so a new code does not reset it.',
    }),
    IP_HOURLY_LIMIT: integer({
      ...SHARED,
      default: 30,
      developmentDefault: 1_000,
      description:
        'Maximum number of messages requested from one IP address in an hour. IPv6 addresses are counted by /64 network and, at four times this limit, by /48.',
    }),
    SMS_PREFIX_HOURLY_LIMIT: optionalInteger({
      ...SHARED,
      defaultText: '50; off where `SMS_DAILY_LIMIT` is 0',
      channel: 'SMS',
      description:
        'Maximum number of SMS to one block of 10,000 phone numbers (equal in all but the last four digits) in an hour. It stops requests for sequential numbers.',
    }),
    SMS_DAILY_LIMIT: integer({
      default: 10_000,
      min: 0,
      max: 100_000_000,
      channel: 'SMS',
      description: 'Maximum number of SMS of the whole service in a day.',
    }),
    EMAIL_DAILY_LIMIT: integer({
      default: 50_000,
      min: 0,
      max: 100_000_000,
      channel: 'EMAIL',
      description: 'Maximum number of e-mails of the whole service in a day.',
    }),
  },
);

type Values = ValuesOf<typeof LIMITS>;

export function recipientLimits(values: Values): RecipientLimits {
  return {
    cooldownSeconds: values.RESEND_COOLDOWN_SECONDS,
    hourly: values.RECIPIENT_HOURLY_LIMIT,
    daily: values.RECIPIENT_DAILY_LIMIT,
    dailyAttempts: values.RECIPIENT_DAILY_GUESSES,
  };
}

/**
 * An operator who switches off the limit on all SMS does not expect a limit on blocks of numbers, unless it
 * is set too.
 */
export function sharedLimits(values: Values): SharedLimitSettings {
  const smsDaily = values.SMS_DAILY_LIMIT;
  return {
    ipHourly: values.IP_HOURLY_LIMIT,
    smsPrefixHourly: values.SMS_PREFIX_HOURLY_LIMIT ?? (smsDaily === 0 ? 0 : 50),
    smsDaily,
    emailDaily: values.EMAIL_DAILY_LIMIT,
  };
}
