import { DeliveryError, type DeliveryFailure, type Receipt } from '../provider.types';
import { readSolapiCode } from './solapi-refusal';

interface Meaning {
  failure: DeliveryFailure;
  retryable: boolean;
}

const INVALID: Meaning = { failure: 'INVALID_RECIPIENT', retryable: false };
const BLOCKED: Meaning = { failure: 'BLOCKED', retryable: false };
const UNREACHABLE: Meaning = { failure: 'UNREACHABLE', retryable: false };
const TEMPORARY: Meaning = { failure: 'UNREACHABLE', retryable: true };
const SENDER: Meaning = { failure: 'SENDER_REFUSED', retryable: false };

/**
 * Status codes with a meaning of their own (SOLAPI's developer documents, "메시지 상태 코드"). The first digit is where
 * the error happened: 1 at registration, 2 in SOLAPI's platform, 3 at the carrier. A spam filter (2254, 3054) judged the
 * sender and the text, so another provider with another sender may pass it.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '1024': TEMPORARY,
  '1060': BLOCKED,
  '1061': BLOCKED,
  '2024': TEMPORARY,
  '2060': BLOCKED,
  '2061': BLOCKED,
  '3010': INVALID,
  '3011': SENDER,
  '3012': TEMPORARY,
  '3013': SENDER,
  '3014': TEMPORARY,
  '3024': TEMPORARY,
  '3032': INVALID,
  '3040': TEMPORARY,
  '3041': TEMPORARY,
  '3042': TEMPORARY,
  '3043': TEMPORARY,
  '3044': TEMPORARY,
  '3046': TEMPORARY,
  '3047': BLOCKED,
  '3048': TEMPORARY,
  '3050': INVALID,
  '3051': TEMPORARY,
  '3053': TEMPORARY,
  '3054': SENDER,
  '3055': BLOCKED,
  '3056': TEMPORARY,
  '3057': TEMPORARY,
  '3058': SENDER,
  '3059': SENDER,
  '3060': SENDER,
};

/** Every other error at registration or in the platform is about the account, its settings or the text. */
function meaningOf(code: string): Meaning {
  return MEANINGS[code] ?? (/^[12]/.test(code) ? SENDER : UNREACHABLE);
}

const ACCEPTED = '2000';
const WITH_CARRIER = '3000';
const DELIVERED = '4000';

/** The state of a message in a list of SOLAPI. */
export interface SolapiResult {
  statusCode?: unknown;
  /** PENDING, SENDING, COMPLETE or FAILED. */
  status?: unknown;
}

/** Decides what happened to a message that SOLAPI accepted. The code decides; a message without a code is under way. */
export function solapiReceipt({ statusCode, status }: SolapiResult): Receipt {
  const code = readSolapiCode(statusCode);
  if (code === DELIVERED) return { state: 'delivered' };
  if (code === ACCEPTED || code === WITH_CARRIER) return { state: 'pending' };
  if (/^\d{4}$/.test(code)) return { state: 'failed', ...meaningOf(code), providerCode: code };
  return status === 'FAILED' ? { state: 'failed', ...UNREACHABLE } : { state: 'pending' };
}

/**
 * The error of a message that SOLAPI did not register, or null when it registered the message. The message was not sent,
 * so an error that is not about the recipient passes it to the next provider.
 */
export function registrationError(statusCode: unknown): DeliveryError | null {
  const code = readSolapiCode(statusCode);
  if (code === ACCEPTED || code === WITH_CARRIER || code === DELIVERED) return null;
  const { failure, retryable } = code ? meaningOf(code) : SENDER;
  const message = `SOLAPI refused the message${code ? ` (${code})` : ''}`;
  if (retryable) return new DeliveryError('retryable', message, { providerCode: code });
  const lasting = failure === 'UNREACHABLE' ? 'SENDER_REFUSED' : failure;
  return new DeliveryError('permanent', message, { failure: lasting, providerCode: code || undefined });
}
