import { textOf } from '../json-answer';
import { DeliveryError, type DeliveryFailure, type Receipt } from '../provider.types';
import { readSensCode } from '../sens/sens-results';

interface Meaning {
  failure: DeliveryFailure;
  retryable: boolean;
}

const NOT_REACHED: Meaning = { failure: 'INVALID_RECIPIENT', retryable: false };
const SENDER: Meaning = { failure: 'SENDER_REFUSED', retryable: false };
const TEMPORARY: Meaning = { failure: 'UNREACHABLE', retryable: true };
const UNREACHABLE: Meaning = { failure: 'UNREACHABLE', retryable: false };

/**
 * Codes of Kakao that SENS passes on. The source are result tables of Kakao's dealers; SENS's pages name few of them.
 * 3005: Kakao keeps a message without a confirmation and may show it within three days.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '2004': TEMPORARY,
  '3000': TEMPORARY,
  '3005': UNREACHABLE,
  '3006': TEMPORARY,
  '3008': NOT_REACHED,
  '3018': NOT_REACHED,
  '3019': NOT_REACHED,
  '3020': { failure: 'BLOCKED', retryable: false },
  '3021': NOT_REACHED,
  '9998': TEMPORARY,
  '9999': TEMPORARY,
};

/** The template is unknown, or its text, buttons, title, header, items or type differ from the message. */
const MISMATCHES = new Set(['3015', '3016', '3027', '3028', '3030', '3031', '3033', '3036', '3038']);

/**
 * The next provider sends the message after every code, so an unknown code only means that the message did not arrive.
 */
function meaningOf(code: string): Meaning {
  if (MISMATCHES.has(code)) return SENDER;
  // 1000 to 1999 are about the sender profile, and the other codes from 3010 to 3099 about the content.
  return MEANINGS[code] ?? (/^(1|30[1-9])/.test(code) ? SENDER : UNREACHABLE);
}

/** Whether a code says that a message differs from its template, which has then changed at Kakao. */
export function isMismatch(code: string | undefined): boolean {
  return code !== undefined && MISMATCHES.has(code);
}

const REQUEST_ACCEPTED = 'A000';
const DELIVERED = '0000';

/** A message of SENS's Alimtalk API, in the answer to a send, in a list or alone. */
export interface AlimtalkResult {
  requestStatusCode?: unknown;
  messageStatusCode?: unknown;
  /** success, processing or fail. */
  messageStatusName?: unknown;
}

/** Decides what happened to a message. The code decides; without a code the name does. */
export function alimtalkReceipt(result: AlimtalkResult): Receipt {
  const request = textOf(result.requestStatusCode);
  if (request !== '' && request !== REQUEST_ACCEPTED) {
    const code = readSensCode(request);
    return { state: 'failed', ...meaningOf(code), providerCode: code || undefined };
  }
  const code = textOf(result.messageStatusCode);
  const name = textOf(result.messageStatusName).toLowerCase();
  if (name === 'processing') return { state: 'pending' };
  if (code === DELIVERED || (code === '' && name === 'success')) return { state: 'delivered' };
  if (code === '' && name !== 'fail') return { state: 'pending' };
  const providerCode = readSensCode(code);
  return { state: 'failed', ...meaningOf(providerCode), providerCode: providerCode || undefined };
}

/** The error of a message that SENS did not accept, or null when it accepted the message. */
export function requestError({ requestStatusCode }: AlimtalkResult): DeliveryError | null {
  const request = textOf(requestStatusCode);
  if (request === '' || request === REQUEST_ACCEPTED) return null;
  const providerCode = readSensCode(request);
  const message = `SENS refused the Alimtalk${providerCode ? ` (${providerCode})` : ''}`;
  const { failure, retryable } = meaningOf(providerCode);
  if (retryable) return new DeliveryError('retryable', message, { providerCode });
  return new DeliveryError('permanent', message, {
    // Nothing was sent, so a failure that does not concern the recipient concerns the request.
    failure: failure === 'UNREACHABLE' ? 'SENDER_REFUSED' : failure,
    providerCode: providerCode || undefined,
  });
}
