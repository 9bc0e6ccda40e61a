import { NoAnswer } from '../provider-connection';
import { maskProviderText } from '../provider-text';
import { DeliveryError, type DeliveryFailure } from '../provider.types';

/** An error of the SDK. It has a status only if SES has answered. */
export interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number };
}

/** Errors about this account or its settings. The next provider may accept the message, and SES will not. */
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
/** The SDK's names for an error that SES did not name, and for an answer that is not JSON. */
const UNNAMED = new Set(['Unknown', 'SyntaxError']);

/** Decides what an error of a send means for the message. */
export function toDeliveryError(error: SdkError): DeliveryError {
  if (error instanceof NoAnswer) return noAnswer(error.notSent ? 'retryable' : 'unknown', error.code);
  const status = error.$metadata?.httpStatusCode;
  if (status === undefined) {
    // The SDK refused its settings, such as a FIPS endpoint together with an endpoint URL, and called nothing.
    const message = `the AWS settings cannot be used: ${maskProviderText(error.message)}`;
    return new DeliveryError('permanent', message, { failure: 'SENDER_REFUSED', providerCode: error.name });
  }
  return refusal(error, status);
}

export function noAnswer(kind: 'retryable' | 'unknown', providerCode: string): DeliveryError {
  return new DeliveryError(kind, 'SES did not answer', { providerCode });
}

/** Returns the error for a signature that SES refused because of its time. The SDK has corrected its clock since. */
export function clockError(aheadMs: number): DeliveryError {
  const difference = `${Math.abs(Math.round(aheadMs / 1000))} s ${aheadMs > 0 ? 'ahead' : 'behind'}`;
  const message = `this machine's clock is ${difference}; calls to SES use the time of SES from now on`;
  return new DeliveryError('retryable', message, { providerCode: 'RequestTimeTooSkewed' });
}

/**
 * SES's own text is part of the message, because only the text says which identity is not verified or which quota is
 * used up. What the text quotes of a recipient is masked.
 */
function refusal({ name, message }: SdkError, status: number): DeliveryError {
  const named = !UNNAMED.has(name);
  const text = named && message !== 'UnknownError' ? `: ${maskProviderText(message)}` : '';
  const providerCode = named ? name : String(status);
  const permanent = (failure: DeliveryFailure) =>
    new DeliveryError('permanent', `SES refused the message (${status})${text}`, { failure, providerCode });
  if (SENDER_REFUSED.has(name)) return permanent('SENDER_REFUSED');
  if (status === 429 || status >= 500 || /Throttl|TooManyRequests/.test(name)) {
    const later = `SES cannot accept the message now (${status})${text}`;
    return new DeliveryError('retryable', later, { providerCode });
  }
  if (name === 'MessageRejected') {
    return permanent(/suppress|blacklist/i.test(message) ? 'BLOCKED' : 'SENDER_REFUSED');
  }
  if (name === 'BadRequestException' && /destination|recipient|domain|address|local/i.test(message)) {
    return permanent(/from|sender|reply/i.test(message) ? 'SENDER_REFUSED' : 'INVALID_RECIPIENT');
  }
  return permanent('SENDER_REFUSED');
}
