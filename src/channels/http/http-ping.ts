import { type ProviderFinding } from '../provider.types';

/** The statuses with which a gateway answers a type that it does not know. */
const UNKNOWN_TYPE: readonly number[] = [400, 404, 405, 422, 501];

/** Decides what the status of the answer to a `ping` says about the set-up. */
export function pingFinding(status: number): ProviderFinding {
  if (status >= 200 && status <= 299)
    return { status: 'OK', message: 'the gateway answers ping and accepts the signature', advice: null };
  if (status === 401 || status === 403)
    return {
      status: 'FAIL',
      message: `the gateway refuses the signature (${status})`,
      advice: 'set HTTP_PROVIDER_SECRET and the secret of the gateway to the same value',
    };
  if (status >= 300 && status <= 399)
    return {
      status: 'FAIL',
      message: `the gateway answers with a redirect, which is not followed (${status})`,
      advice: 'set HTTP_PROVIDER_URL to the final URL',
    };
  if (UNKNOWN_TYPE.includes(status))
    return {
      status: 'WARN',
      message: `the gateway answers, but does not know ping (${status}), so only a sent message shows whether it accepts the signature`,
      advice: 'check the path in HTTP_PROVIDER_URL, and let the gateway answer a signed ping with 204',
    };
  return {
    status: 'FAIL',
    message: `the gateway cannot process calls now (${status})`,
    advice: 'read the log of the gateway',
  };
}
