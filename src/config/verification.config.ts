import { getCountries } from 'libphonenumber-js/max';
import { parseEmail } from '../verification/recipient';
import { type HumanCheckSettings } from '../verification/human-check';
import { type Channel } from '../channels/provider.types';
import { type CrowdSettings } from '../verification/crowds';
import { type Locale, type VerificationSettings } from '../verification/verification.types';
import { type Environment } from './environment';

const LOCALES: readonly Locale[] = ['ko', 'en'];
const MAX_LIMIT = 1_000_000;
/** A recipient's limits keep one time per message: beyond this they would no longer be a limit on a person. */
const MAX_RECIPIENT_LIMIT = 1_000;

export function readVerification(env: Environment, closedChannels: readonly Channel[]): VerificationSettings {
  return {
    closedChannels,
    codes: {
      EMAIL: {
        length: env.integer('EMAIL_CODE_LENGTH', 6, 4, 10),
        ttlSeconds: env.integer('EMAIL_CODE_TTL_SECONDS', 1800, 1, 86_400),
      },
      SMS: {
        length: env.integer('SMS_CODE_LENGTH', 6, 4, 10),
        ttlSeconds: env.integer('SMS_CODE_TTL_SECONDS', 300, 1, 86_400),
      },
    },
    maxAttempts: env.integer('MAX_ATTEMPTS', 5, 1, 20),
    limits: {
      cooldownSeconds: env.integer('RESEND_COOLDOWN_SECONDS', 60, 0, 86_400),
      hourly: env.integer('RECIPIENT_HOURLY_LIMIT', 5, 0, MAX_RECIPIENT_LIMIT),
      daily: env.integer('RECIPIENT_DAILY_LIMIT', 10, 0, MAX_RECIPIENT_LIMIT),
      dailyGuesses: env.integer('RECIPIENT_DAILY_GUESSES', 20, 0, MAX_RECIPIENT_LIMIT),
    },
    crowds: readCrowds(env),
    humanCheck: readHumanCheck(env),
    smsCountries: readCountries(env),
    defaultLocale: env.oneOf('DEFAULT_LOCALE', LOCALES, 'ko'),
    testRecipients: readTestRecipients(env),
  };
}

function readHumanCheck(env: Environment): HumanCheckSettings | null {
  const url = env.url('HUMAN_CHECK_URL', ['https:', 'http:']);
  const mode = env.oneOf('HUMAN_CHECK_MODE', ['always', 'when-limited'], 'when-limited');
  const extraPercent = env.integer('HUMAN_CHECK_EXTRA_PERCENT', 100, 1, 1_000);
  if (env.text('HUMAN_CHECK_URL') === null) {
    for (const variable of ['HUMAN_CHECK_SECRET', 'HUMAN_CHECK_MODE', 'HUMAN_CHECK_EXTRA_PERCENT'])
      if (env.text(variable) !== null) env.fault(variable, 'means nothing without HUMAN_CHECK_URL');
    return null;
  }
  const secret = env.required('HUMAN_CHECK_SECRET', 'with HUMAN_CHECK_URL');
  if (url === null) return null;
  const { protocol, hostname } = new URL(url);
  // The secret travels in the body.
  if (protocol === 'http:' && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
    env.fault('HUMAN_CHECK_URL', 'must be https:// except to this machine');
  return { url, secret, mode, extraPercent };
}

function readCountries(env: Environment): string[] {
  const countries = env.list('SMS_COUNTRIES').map((country) => country.toUpperCase());
  const known: readonly string[] = getCountries();
  if (countries.every((country) => known.includes(country))) return countries.length > 0 ? countries : ['KR'];
  env.fault('SMS_COUNTRIES', 'must be a list of ISO 3166 country codes such as KR,JP');
  return ['KR'];
}

/** `+821000000000=123456,review@example.com=000000`: numbers need not be valid ones, since nothing is sent there. */
function readTestRecipients(env: Environment): Map<string, string> {
  const recipients = new Map<string, string>();
  for (const entry of env.list('TEST_RECIPIENTS')) {
    const at = entry.lastIndexOf('=');
    const recipient = entry.slice(0, Math.max(at, 0)).trim();
    const code = entry.slice(at + 1).trim();
    const canonical = canonicalTestRecipient(recipient);
    if (canonical !== null && /^\d{4,10}$/.test(code)) recipients.set(canonical, code);
    else env.fault('TEST_RECIPIENTS', 'each must be <E.164 number or e-mail address>=<4 to 10 digits>');
  }
  return recipients;
}

function canonicalTestRecipient(recipient: string): string | null {
  if (/^\+[1-9]\d{6,14}$/.test(recipient)) return recipient;
  try {
    return parseEmail(recipient, 'TEST_RECIPIENTS').canonical;
  } catch {
    return null;
  }
}

/** Who wants no limit on all SMS wants none on a block of numbers either, unless that is set by itself. */
function readCrowds(env: Environment): CrowdSettings {
  const smsDaily = env.integer('SMS_DAILY_LIMIT', 10_000, 0, 100_000_000);
  return {
    ipHourly: env.integer('IP_HOURLY_LIMIT', 30, 0, MAX_LIMIT),
    smsPrefixHourly: env.integer('SMS_PREFIX_HOURLY_LIMIT', smsDaily === 0 ? 0 : 50, 0, MAX_LIMIT),
    smsDaily,
  };
}
