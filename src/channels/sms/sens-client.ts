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

/** The request never reached the gateway. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Signed calls to SENS's SMS API, version 2. Answers can hold message texts, so nothing of them is logged here. */
export class SensClient {
  constructor(
    private readonly access: SensAccess,
    private readonly clock: Clock,
  ) {}

  post(body: object, signal: AbortSignal): Promise<unknown> {
    return this.call('POST', this.path(''), JSON.stringify(body), signal);
  }

  list(query: Record<string, string>, signal: AbortSignal): Promise<unknown> {
    return this.call('GET', this.path(`?${new URLSearchParams(query).toString()}`), undefined, signal);
  }

  message(messageId: string, signal: AbortSignal): Promise<unknown> {
    return this.call('GET', this.path(`/${encodeURIComponent(messageId)}`), undefined, signal);
  }

  /** The service id's colons stay as they are: the gateway signs the path that it sees. */
  private path(rest: string): string {
    return `/sms/v2/services/${this.access.serviceId}/messages${rest}`;
  }

  private async call(method: string, pathAndQuery: string, body: string | undefined, signal: AbortSignal) {
    const timestampMs = this.clock.now();
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.access.endpoint.replace(/\/$/, '') + pathAndQuery, {
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
