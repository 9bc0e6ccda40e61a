import { DeliveryError, type ProviderFinding } from './provider.types';

/** The settings to check, by the cause of a failed call. */
export interface CallAdvice {
  /** The provider refused the call: `check SENS_ACCESS_KEY and SENS_SECRET_KEY`. */
  refused: string;
  /** The provider did not answer, or with something else than its protocol: `check SENS_ENDPOINT`. */
  unreachable: string;
}

/**
 * The finding of a provider's check whose call failed.
 *
 * @throws any error that is not a DeliveryError, because it is a bug.
 */
export function refusedCall(error: unknown, advice: CallAdvice): ProviderFinding {
  if (!(error instanceof DeliveryError)) throw error;
  const { providerCode } = error.options;
  const code = providerCode && !error.message.includes(providerCode) ? ` (${providerCode})` : '';
  return { status: 'FAIL', message: `${error.message}${code}`, advice: adviceFor(error, advice) };
}

function adviceFor({ kind, options }: DeliveryError, { refused, unreachable }: CallAdvice): string {
  if (kind === 'permanent') return refused;
  // The code of a call without an answer is the name of the socket's error.
  const answered = kind === 'retryable' && /\d/.test(options.providerCode ?? '');
  return answered ? 'run this command again later' : unreachable;
}

/** The advice when a provider does not answer at the URL of a setting. */
export function checkEndpoint(setting: string): string {
  return `check ${setting}, and whether this machine can reach it`;
}
