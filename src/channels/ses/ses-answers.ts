import { DeliveryError, type DeliveryFailure } from '../provider.types';
import { maskProviderText } from '../provider-text';
import { type ProviderAnswer } from '../provider-connection';

/** Errors about this account or its settings: the next provider may do, this one will not. */
const SENDER_REFUSED = new Set([
  'AccessDeniedException',
  'AccountSuspendedException',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'LimitExceededException',
  'MailFromDomainNotVerifiedException',
  'MissingAuthenticationTokenException',
  'NotFoundException',
  'OptInRequired',
  'SendingPausedException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
/** AWS takes signatures up to five minutes old; a difference of less is no reason for a refusal. */
const TOLERANCE_MS = 4 * 60_000;

/**
 * What SES's answer other than 200 means. SES's own text goes on, because it alone says which identity is not verified or
 * which quota is used up; what it quotes of a recipient is masked.
 */
export function sesRefusal({ status, header, text: body }: ProviderAnswer): DeliveryError {
  const { type, message } = bodyOf(body);
  const name = nameOf(header('x-amzn-errortype') ?? type) || String(status);
  const text = message === '' ? '' : `: ${maskProviderText(message)}`;
  const permanent = (failure: DeliveryFailure) =>
    new DeliveryError('permanent', `SES refused the message (${status})${text}`, {
      failure,
      providerCode: name,
    });
  if (SENDER_REFUSED.has(name)) return permanent('SENDER_REFUSED');
  if (status === 429 || status >= 500 || /Throttl|TooManyRequests/.test(name)) {
    return new DeliveryError('retryable', `SES cannot take the message now (${status})${text}`, {
      providerCode: name,
    });
  }
  if (name === 'MessageRejected') {
    return permanent(/suppress|blacklist/i.test(message) ? 'BLOCKED' : 'SENDER_REFUSED');
  }
  if (name === 'BadRequestException' && /destination|recipient|domain|address|local/i.test(message)) {
    return permanent(/from|sender|reply/i.test(message) ? 'SENDER_REFUSED' : 'INVALID_RECIPIENT');
  }
  return permanent('SENDER_REFUSED');
}

/** SES's time, in epoch milliseconds, where it refused a signature for the time it was made at; else null. */
export function timeOfRefusal({ status, header }: ProviderAnswer, signedAt: number): number | null {
  const theirs = Date.parse(header('date') ?? '');
  return status === 403 && Math.abs(theirs - signedAt) > TOLERANCE_MS ? theirs : null;
}

/** AWS writes `Name`, `Name:http://...` and `namespace#Name`. */
function nameOf(type: string): string {
  return type.split(':')[0]!.split('#').at(-1)!;
}

function bodyOf(text: string): { type: string; message: string } {
  try {
    const { __type, message, Message } = JSON.parse(text) as Record<string, unknown>;
    return { type: asText(__type), message: asText(message ?? Message) };
  } catch {
    return { type: '', message: '' };
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
