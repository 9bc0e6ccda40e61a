import { type Clock } from '../../shared/clock';
import { DeliveryError } from '../provider.types';
import { sensRefusal } from './sens-results';
import { signSens } from './sens-signature';

export interface SensAccess {
  endpoint: string;
  serviceId: string;
  accessKey: string;
  secretKey: string;
}

/** The request never reached the gateway: no address, no connection, or no trust in the certificate. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/**
 * Signed calls to SENS's SMS API, version 2. Each throws DeliveryError and nothing else. Answers can hold message
 * texts, so nothing of them is logged here.
 */
export class SensClient {
  constructor(
    private readonly access: SensAccess,
    private readonly clock: Clock,
  ) {}

  post(body: object, signal: AbortSignal): Promise<unknown> {
    return this.call('POST', '', JSON.stringify(body), signal);
  }

  list(query: Record<string, string>, signal: AbortSignal): Promise<unknown> {
    // A blank as `+` is a blank to readers of forms alone; `%20` is one to every reader.
    const search = new URLSearchParams(query).toString().replaceAll('+', '%20');
    return this.call('GET', `?${search}`, undefined, signal);
  }

  /** The service id's colons stay as they are: URL leaves them alone in a path, and encodes what cannot be sent. */
  private address(search: string): URL {
    const { endpoint, serviceId } = this.access;
    return new URL(`${endpoint.replace(/\/$/, '')}/sms/v2/services/${serviceId}/messages${search}`);
  }

  private async call(method: string, search: string, body: string | undefined, signal: AbortSignal) {
    const url = this.address(search);
    // Taken from the address that is called, so what is signed is what the gateway sees.
    const pathAndQuery = url.pathname + url.search;
    const timestampMs = this.clock.now();
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        body,
        signal,
        redirect: 'error',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'x-ncp-apigw-timestamp': String(timestampMs),
          'x-ncp-iam-access-key': this.access.accessKey,
          'x-ncp-apigw-signature-v2': signSens({ method, pathAndQuery, timestampMs }, this.access),
        },
      });
      text = await response.text();
    } catch (error) {
      throw connectionError(error);
    }
    if (!response.ok)
      throw sensRefusal({ method, status: response.status, text, headers: response.headers, timestampMs });
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new DeliveryError('unknown', 'SENS answered something that is not JSON', {
        providerCode: String(response.status),
      });
    }
  }
}

function connectionError(error: unknown): DeliveryError {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  const providerCode = cause?.code ?? name ?? 'Error';
  const kind = NOT_SENT.has(providerCode) ? 'retryable' : 'unknown';
  return new DeliveryError(kind, 'SENS gave no answer', { providerCode });
}
