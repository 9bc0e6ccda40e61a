import { DeliveryError, type DeliveryFailure, type Receipt } from '../provider.types';

/** The gateway refuses timestamps that are further off than this, in milliseconds. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

interface Refusal {
  method: string;
  status: number;
  text: string;
  headers: Headers;
  /** The timestamp the request was signed with. */
  timestampMs: number;
}

/** What SENS's refusal of a call means for the message. Its texts may echo the number, so they are read, not kept. */
export function sensRefusal({ method, status, text, headers, timestampMs }: Refusal): DeliveryError {
  const { code, message } = readError(text);
  const options = { providerCode: code || String(status) };
  const permanent = (reason: string, failure: DeliveryFailure = 'SENDER_REFUSED') =>
    new DeliveryError('permanent', reason, { ...options, failure });
  if (status === 401 || status === 403) return permanent(whyUnauthorized(headers, timestampMs));
  if (status === 404) return permanent('SENS does not know this service id (SENS_SERVICE_ID)');
  if (status === 429) {
    const seconds = Number(headers.get('retry-after'));
    const retryAfterMs = seconds > 0 ? seconds * 1000 : undefined;
    return new DeliveryError('retryable', 'SENS asks for a pause (429)', { ...options, retryAfterMs });
  }
  // The gateway gave up waiting for the service behind it, which may have taken the message all the same.
  if (status === 504 && method === 'POST')
    return new DeliveryError('unknown', 'SENS timed out (504)', options);
  if (status >= 500) return new DeliveryError('retryable', `SENS cannot take it now (${status})`, options);
  const aboutRecipient = /\bto\b|messages\[|recipient|수신/i.test(message);
  return permanent(
    `SENS refused the message (${status})`,
    aboutRecipient ? 'INVALID_RECIPIENT' : 'SENDER_REFUSED',
  );
}

/** Two shapes: the gateway's `{error: {errorCode, message, details}}` and the service's own. */
function readError(text: string): { code: string; message: string } {
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    const gateway = body.error as Record<string, unknown> | string | undefined;
    if (typeof gateway === 'object' && gateway !== null) {
      return {
        code: asText(gateway.errorCode),
        message: `${asText(gateway.message)} ${asText(gateway.details)}`,
      };
    }
    const message = [body.error, body.errors, body.message, body.errorMessage].map(asText).join(' ');
    return { code: asText(body.status ?? body.statusCode), message };
  } catch {
    return { code: '', message: '' };
  }
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function whyUnauthorized(headers: Headers, timestampMs: number): string {
  const theirs = Date.parse(headers.get('date') ?? '');
  const offMs = timestampMs - theirs;
  if (Math.abs(offMs) > CLOCK_TOLERANCE_MS) {
    const seconds = Math.round(Math.abs(offMs) / 1000);
    return `SENS refused the signature: this machine's clock is ${seconds} s ${offMs > 0 ? 'ahead' : 'behind'}`;
  }
  return "SENS refused the signature: SENS_SECRET_KEY must be the account's authentication key, not the service's own";
}

/** Result codes with a meaning of their own (second-hand; the provider's console lists them). */
const RESULTS: Readonly<Record<string, { failure: DeliveryFailure; retryable: boolean }>> = {
  '1001': { failure: 'UNREACHABLE', retryable: true },
  '1004': { failure: 'BLOCKED', retryable: false },
  '1005': { failure: 'SENDER_REFUSED', retryable: false },
  '3004': { failure: 'UNREACHABLE', retryable: false },
  '3006': { failure: 'BLOCKED', retryable: false },
  '3012': { failure: 'BLOCKED', retryable: false },
  '3017': { failure: 'SENDER_REFUSED', retryable: false },
  '3018': { failure: 'SENDER_REFUSED', retryable: false },
  '3019': { failure: 'SENDER_REFUSED', retryable: false },
  '3022': { failure: 'SENDER_REFUSED', retryable: false },
  '3023': { failure: 'SENDER_REFUSED', retryable: false },
};

/** What became of a message that SENS took. COMPLETED alone is not success: the code says. */
export function sensReceipt({ status, statusCode }: { status?: string; statusCode?: string }): Receipt {
  if (status !== 'COMPLETED') return { state: 'pending' };
  const code = statusCode ?? '';
  if (code === '0') return { state: 'delivered' };
  const known = RESULTS[code];
  if (known) return { state: 'failed', ...known, providerCode: code };
  // 3000 to 3023 are final; everything else, the handset's 2000s among it, passes.
  return code.startsWith('3')
    ? { state: 'failed', failure: 'INVALID_RECIPIENT', retryable: false, providerCode: code }
    : { state: 'failed', failure: 'UNREACHABLE', retryable: true, providerCode: code };
}
