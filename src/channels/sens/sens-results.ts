import { isAboutRecipient } from '../about-recipient';
import { type ProviderAnswer } from '../provider-connection';
import { DeliveryError, type DeliveryFailure, type Receipt } from '../provider.types';
import { readRetryAfterMs } from '../retry-after';

/** The gateway refuses timestamps that differ by more than this from its own time, in milliseconds. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

export interface SensRefusal extends ProviderAnswer {
  method: string;
  /** The timestamp the request was signed with, in epoch milliseconds. */
  timestampMs: number;
  /** The setting with the service id. */
  serviceIdSetting: string;
}

/** Decides what a refusal by SENS means for the message. Its texts may quote the number, so they are not kept. */
export function sensRefusal(refusal: SensRefusal): DeliveryError {
  const { method, status, headers, text, timestampMs, serviceIdSetting } = refusal;
  const { code, message } = readError(text);
  const options = { providerCode: code || String(status) };
  const permanent = (reason: string, failure: DeliveryFailure = 'SENDER_REFUSED') =>
    new DeliveryError('permanent', reason, { ...options, failure });
  if (status === 401 || status === 403) return permanent(whyUnauthorized(refusal));
  if (status === 404) return permanent(`SENS does not know the service id in ${serviceIdSetting}`);
  if (status === 429) {
    const retryAfterMs = readRetryAfterMs(headers, timestampMs);
    return new DeliveryError('retryable', 'SENS refuses more calls for the moment (429)', {
      ...options,
      retryAfterMs,
    });
  }
  // The gateway got no answer from the service behind it, which may have accepted the message.
  if (method === 'POST' && (status === 502 || status === 504))
    return new DeliveryError('unknown', `the gateway of SENS received no answer (${status})`, options);
  if (status >= 500)
    return new DeliveryError('retryable', `SENS cannot accept calls now (${status})`, options);
  const failure = status === 400 && isAboutRecipient(message) ? 'INVALID_RECIPIENT' : 'SENDER_REFUSED';
  return permanent(`SENS refused the message (${status})`, failure);
}

/** Reads both forms of an error: the gateway's `{error: {errorCode, message, details}}` and the service's own. */
function readError(text: string): { code: string; message: string } {
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    const gateway = body.error as Record<string, unknown> | string | undefined;
    if (typeof gateway === 'object' && gateway !== null) {
      return {
        code: readSensCode(gateway.errorCode),
        message: `${asText(gateway.message)} ${asText(gateway.details)}`,
      };
    }
    const message = [body.error, body.errors, body.message, body.errorMessage].map(asText).join(' ');
    return { code: readSensCode(body.status ?? body.statusCode), message };
  } catch {
    return { code: '', message: '' };
  }
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** Returns a short code or ''. Codes are logged, so a phone number or a text must not pass as one. */
export function readSensCode(value: unknown): string {
  const code = asText(value);
  return /^[A-Z]?\d{1,4}$/.test(code) ? code : '';
}

function whyUnauthorized({ status, headers, timestampMs, serviceIdSetting }: SensRefusal): string {
  const theirs = Date.parse(headers.date ?? '');
  const offMs = timestampMs - theirs;
  if (Math.abs(offMs) > CLOCK_TOLERANCE_MS) {
    const seconds = Math.round(Math.abs(offMs) / 1000);
    return `SENS refused the signature: this machine's clock is ${seconds} s ${offMs > 0 ? 'ahead' : 'behind'}`;
  }
  const key = "SENS_SECRET_KEY must be the account's authentication key, not the service's own";
  if (status === 403)
    return `SENS refused the access: ${key}, and ${serviceIdSetting} a service of that account`;
  return `SENS refused the signature: ${key}`;
}

/**
 * Result codes with a meaning of their own. The source is not the vendor; the vendor's console lists them. A spam filter
 * (1004, 3012) judged the sender and the text, so another provider with another sender may pass it.
 */
const RESULTS: Readonly<Record<string, { failure: DeliveryFailure; retryable: boolean }>> = {
  '1001': { failure: 'UNREACHABLE', retryable: true },
  '1004': { failure: 'SENDER_REFUSED', retryable: false },
  '1005': { failure: 'SENDER_REFUSED', retryable: false },
  '3001': { failure: 'INVALID_RECIPIENT', retryable: false },
  '3002': { failure: 'INVALID_RECIPIENT', retryable: false },
  '3003': { failure: 'INVALID_RECIPIENT', retryable: false },
  '3004': { failure: 'UNREACHABLE', retryable: false },
  '3006': { failure: 'BLOCKED', retryable: false },
  '3012': { failure: 'SENDER_REFUSED', retryable: false },
  '3017': { failure: 'SENDER_REFUSED', retryable: false },
  '3018': { failure: 'SENDER_REFUSED', retryable: false },
  '3019': { failure: 'SENDER_REFUSED', retryable: false },
  '3022': { failure: 'SENDER_REFUSED', retryable: false },
  '3023': { failure: 'SENDER_REFUSED', retryable: false },
};

/** The state of a message in a list of SENS. */
export interface SensResult {
  status?: string;
  statusCode?: string | number;
  statusName?: string;
}

/**
 * Decides what happened to a message that SENS accepted. COMPLETED alone is not success: the code decides. Without a
 * code the name decides, because a success that is read as a temporary error would send a second message.
 */
export function sensReceipt({ status, statusCode, statusName }: SensResult): Receipt {
  if (status !== 'COMPLETED') return { state: 'pending' };
  const code = String(statusCode ?? '');
  if (code === '0' || (code === '' && statusName === 'success')) return { state: 'delivered' };
  const providerCode = readSensCode(code) || undefined;
  // Codes from 3000 to 3999 are final. All others are temporary, such as 2000 to 2999, which are about the handset.
  // An unknown code does not say that the number is wrong.
  const meaning = RESULTS[code] ?? { failure: 'UNREACHABLE', retryable: !code.startsWith('3') };
  return { state: 'failed', ...meaning, providerCode };
}
