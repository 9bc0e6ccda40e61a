import { LIMIT_SETTINGS, type LimitName } from '../../limits/limit-refusals';
import { type RefusalCause } from '../refusals/refusal-cause';

/** `RECIPIENT_HOURLY`, `BAD_USER_INPUT` or `RECIPIENT_NOT_ALLOWED (PURPOSE)`. */
export function nameOfRefusal({ code, limit, reason }: RefusalCause): string {
  if (code === 'RATE_LIMITED' && limit !== null) return limit;
  const detail = limit ?? reason;
  return detail === null ? code : `${code} (${detail})`;
}

const BY_REASON: Record<string, string> = {
  COUNTRY: 'Let the user enter another number or use e-mail, or add the country to SMS_COUNTRIES.',
  PURPOSE: 'Let the user use the other channel, or add this channel to the purpose in PURPOSES_FILE.',
  SUPPRESSED: 'The recipient is not suppressed any more, so let the user request a code again.',
  DATABASE: 'Run `npx injeung doctor` to check the database, and let the user request a code again.',
};

const BY_CODE: Record<string, string> = {
  HUMAN_CHECK_REQUIRED:
    'Let the front end show the human check and send its token as `humanToken`. HUMAN_CHECK_MODE says when it is required.',
  CHANNEL_UNAVAILABLE:
    'Run `npx injeung doctor`: the channel is switched off, the server was overloaded, or the provider of the human check did not answer.',
  UNAUTHENTICATED: 'Let the caller send one of APP_API_KEYS as `Authorization: Bearer <key>`.',
};

/** What an operator can do about a refusal, in one or two sentences. */
export function nextStepAfterRefusal({ code, limit, reason }: RefusalCause): string {
  if (limit !== null) return nextStepAtLimit(code, limit);
  const known = BY_REASON[reason ?? ''] ?? BY_CODE[code];
  return (
    known ?? `Read what ${code} means in docs/reference/errors.md, and correct the request or the settings.`
  );
}

function nextStepAtLimit(code: string, limit: LimitName): string {
  const settings =
    limit === 'RECIPIENT_DAILY'
      ? `${LIMIT_SETTINGS[limit]}, or with recipientDailyLimit in PURPOSES_FILE`
      : LIMIT_SETTINGS[limit];
  const first = code === 'HUMAN_CHECK_REQUIRED' ? 'Let the user pass the human check, or wait' : 'Wait';
  const admitted = limit === 'RECIPIENT_DAILY_GUESSES' ? 'another attempt' : 'another message';
  return `${first} until the limit admits ${admitted}, or change the limit with ${settings}.`;
}
