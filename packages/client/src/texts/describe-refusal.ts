import { type InputRefusal, type Refusal } from '../client/refusal.types.js';
import { languageOf } from './language.js';
import { type ReasonTexts } from './texts.types.js';

/** The text of a refusal for the user. */
export function describeRefusal(refusal: Refusal, texts: ReasonTexts, locale?: string): string {
  const text = texts[keyOf(refusal, texts)];
  const attempts = 'attemptsRemaining' in refusal ? String(refusal.attemptsRemaining) : '';
  const wait = describeWait(refusal.retryAfterSeconds ?? 0, languageOf(locale));
  return text.replace('{wait}', wait).replace('{attempts}', attempts);
}

/** A reason of a later server has no text of its own, so it gets the text of its kind. */
function keyOf(refusal: Refusal, texts: ReasonTexts): keyof ReasonTexts {
  switch (refusal.reason) {
    case 'BAD_USER_INPUT':
      return inputKey(refusal, texts);
    case 'RATE_LIMITED':
      return refusal.limit in texts ? refusal.limit : 'RATE_LIMITED';
    case 'RECIPIENT_NOT_ALLOWED':
      return refusal.cause !== null && refusal.cause in texts ? refusal.cause : 'RECIPIENT_NOT_ALLOWED';
    case 'WRONG_CODE':
      return refusal.attemptsRemaining === 0 ? 'LAST_WRONG_CODE' : 'WRONG_CODE';
    default:
      return refusal.reason in texts ? refusal.reason : 'INTERNAL_SERVER_ERROR';
  }
}

/** Rules such as TOO_LONG mean to users that the value is not an address, a number or a code. */
function inputKey({ field, rule }: InputRefusal, texts: ReasonTexts): keyof ReasonTexts {
  if (rule in texts) return rule as keyof ReasonTexts;
  return field === 'email' ? 'INVALID_EMAIL' : field === 'code' ? 'INVALID_CODE' : 'INVALID_PHONE_NUMBER';
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A time such as "43 seconds", "5 minutes" or "2 hours", rounded up. */
export function describeWait(seconds: number, language: string): string {
  const [count, unit] =
    seconds <= MINUTE
      ? [seconds, 'second']
      : seconds <= HOUR
        ? [Math.ceil(seconds / MINUTE), 'minute']
        : [Math.ceil(seconds / HOUR), 'hour'];
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}
