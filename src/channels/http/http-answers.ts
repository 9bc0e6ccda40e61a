import { fieldsOf, textOf } from '../json-answer';
import { type ProviderAnswer } from '../provider-connection';
import { type AcceptedSend, DeliveryError, type DeliveryFailure } from '../provider.types';
import { readRetryAfterMs } from '../retry-after';

/** The values of `error` with which a gateway refuses a message. */
const REFUSALS: readonly DeliveryFailure[] = ['INVALID_RECIPIENT', 'BLOCKED', 'SENDER_REFUSED'];

/**
 * Decides what a gateway's answer means for a message, by the table in docs/guides/http-gateway.md. The body may quote
 * the message, so it is not kept.
 *
 * @throws DeliveryError when the gateway did not accept the message, or when the answer does not say so.
 */
export function readAnswer({ status, headers, text }: ProviderAnswer, nowMs: number): AcceptedSend {
  const providerCode = String(status);
  switch (status) {
    case 200:
    case 202:
      return readAcceptance(text, providerCode);
    case 400:
    case 422:
      throw readRefusal(text, providerCode);
    case 408:
    case 429:
    case 503:
      throw new DeliveryError('retryable', 'the gateway cannot accept the message now', {
        providerCode,
        retryAfterMs: readRetryAfterMs(headers, nowMs),
      });
    case 500:
    case 502:
    case 504:
      throw new DeliveryError('unknown', 'the gateway failed, so it may have accepted the message', {
        providerCode,
      });
    default:
      throw new DeliveryError('permanent', reasonOf(status), { providerCode, failure: 'SENDER_REFUSED' });
  }
}

function readAcceptance(text: string, providerCode: string): AcceptedSend {
  const id = readField(text, 'id');
  if (id === '')
    throw new DeliveryError('unknown', 'the gateway answered without the id of the message', {
      providerCode,
    });
  return { providerMessageId: id };
}

function readRefusal(text: string, providerCode: string): DeliveryError {
  const error = readField(text, 'error');
  const failure = REFUSALS.find((known) => known === error);
  const reason = failure
    ? `the gateway refused the message: ${failure}`
    : `the gateway refused the message without one of the errors ${REFUSALS.join(', ')}`;
  return new DeliveryError('permanent', reason, { providerCode, failure: failure ?? 'SENDER_REFUSED' });
}

function reasonOf(status: number): string {
  if (status === 401 || status === 403)
    return 'the gateway refused the signature: compare HTTP_PROVIDER_SECRET with its secret';
  if (status === 404) return 'the gateway does not know the URL in HTTP_PROVIDER_URL';
  if (status >= 300 && status <= 399)
    return 'the gateway answered with a redirect, which is not followed: set HTTP_PROVIDER_URL to the final URL';
  return 'the gateway gave an answer that the provider http does not know';
}

/** Returns a field of a JSON object as text; '' when there is no such field, or when it is not a text or a number. */
function readField(text: string, name: string): string {
  try {
    return textOf(fieldsOf(JSON.parse(text))[name]);
  } catch {
    return '';
  }
}
