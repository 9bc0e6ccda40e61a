import { isAboutRecipient } from '../about-recipient';
import { fieldsOf, textOf } from '../json-answer';
import { type ProviderAnswer } from '../provider-connection';
import { DeliveryError, type DeliveryFailure } from '../provider.types';
import { readRetryAfterMs } from '../retry-after';

/** SOLAPI refuses dates that differ by more than this from its own time (its documents, "API Key"). */
const CLOCK_TOLERANCE_MS = 15 * 60_000;

export interface SolapiRefusal extends ProviderAnswer {
  method: string;
  /** The time the call was signed with, in epoch milliseconds. */
  calledAt: number;
}

/**
 * Decides what a refusal by SOLAPI means for the message. Its body is `{errorCode, errorMessage}`. The message may quote
 * the number, so it is not kept.
 */
export function solapiRefusal(refusal: SolapiRefusal): DeliveryError {
  const { method, status, headers, calledAt } = refusal;
  const { code, message } = readError(refusal.text);
  const options = { providerCode: code || String(status) };
  const permanent = (reason: string, failure: DeliveryFailure = 'SENDER_REFUSED') =>
    new DeliveryError('permanent', reason, { ...options, failure });
  // Only a call with a repeated date and salt is refused in this way, and the next call has another salt.
  if (code === 'DuplicatedSignature')
    return new DeliveryError('retryable', 'SOLAPI has seen this signature before', options);
  if (status === 402 || /Balance/.test(code))
    return permanent('the balance at SOLAPI is used up: charge the account');
  if (status === 401 || status === 403) return permanent(whyForbidden(code, refusal));
  if (status === 429) {
    const retryAfterMs = readRetryAfterMs(headers, calledAt);
    return new DeliveryError('retryable', 'SOLAPI refuses more calls for the moment (429)', {
      ...options,
      retryAfterMs,
    });
  }
  // SOLAPI may have accepted the message before the error. 503 means that it did not begin.
  if (method === 'POST' && status >= 500 && status !== 503)
    return new DeliveryError('unknown', `SOLAPI failed (${status})`, options);
  if (status >= 500)
    return new DeliveryError('retryable', `SOLAPI cannot accept calls now (${status})`, options);
  const failure = status === 400 && isAboutRecipient(message) ? 'INVALID_RECIPIENT' : 'SENDER_REFUSED';
  return permanent(`SOLAPI refused the call (${status})`, failure);
}

function whyForbidden(code: string, { headers, calledAt }: SolapiRefusal): string {
  const offMs = calledAt - Date.parse(headers.date ?? '');
  const clockIsOff = Math.abs(offMs) > CLOCK_TOLERANCE_MS;
  if (clockIsOff) {
    const seconds = Math.round(Math.abs(offMs) / 1000);
    return `SOLAPI refused the signature: this machine's clock is ${seconds} s ${offMs > 0 ? 'ahead' : 'behind'}`;
  }
  if (code === 'RequestTimeTooSkewed')
    return "SOLAPI refused the signature: this machine's clock is more than 15 minutes off";
  if (code === 'InvalidAPIKey') return 'SOLAPI does not know the API key (SOLAPI_API_KEY)';
  if (code === 'SignatureDoesNotMatch')
    return 'SOLAPI refused the signature: SOLAPI_API_SECRET does not belong to SOLAPI_API_KEY';
  return 'SOLAPI refused the key: check SOLAPI_API_KEY and SOLAPI_API_SECRET, the permissions of the key and the addresses it allows';
}

function readError(text: string): { code: string; message: string } {
  try {
    const { errorCode, errorMessage, message } = fieldsOf(JSON.parse(text));
    return { code: readSolapiCode(errorCode), message: `${textOf(errorMessage)} ${textOf(message)}` };
  } catch {
    return { code: '', message: '' };
  }
}

/** Returns a name or a number of SOLAPI, or ''. It is logged, so a phone number or a text must not pass as one. */
export function readSolapiCode(value: unknown): string {
  const code = textOf(value);
  return /^(\d{4}|[A-Za-z]{3,40})$/.test(code) ? code : '';
}
