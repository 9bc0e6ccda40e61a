import { type Clock } from '../../shared/clock';
import { NoAnswer, type ProviderAnswer, ProviderConnection } from '../provider-connection';
import { DeliveryError } from '../provider.types';
import { sensRefusal } from './sens-results';
import { signSens } from './sens-signature';

/** Where and as whom SENS is called. */
export interface SensAccess {
  endpoint: string;
  serviceId: string;
  accessKey: string;
  secretKey: string;
}

/**
 * Makes signed calls to SENS's SMS API, version 2. Every call throws DeliveryError only. Answers can contain the texts
 * of messages, so they are not logged.
 */
export class SensClient {
  private readonly connection = new ProviderConnection();

  constructor(
    private readonly access: SensAccess,
    private readonly clock: Clock,
  ) {}

  post(body: object, signal: AbortSignal): Promise<unknown> {
    return this.call('POST', '', JSON.stringify(body), signal);
  }

  /**
   * Lists messages. The live service has answered a list without matches with an empty 404, so an empty 404 is an empty
   * list. A 404 of the gateway, such as for an unknown service id, has a JSON error.
   */
  list(query: Record<string, string>, signal: AbortSignal): Promise<unknown> {
    // Only readers of forms decode `+` to a blank. Every reader decodes `%20`.
    const search = new URLSearchParams(query).toString().replaceAll('+', '%20');
    return this.call('GET', `?${search}`, undefined, signal);
  }

  /** URL keeps the colons of the service id in a path, and encodes characters that cannot be sent. */
  private address(search: string): URL {
    const { endpoint, serviceId } = this.access;
    return new URL(`${endpoint.replace(/\/$/, '')}/sms/v2/services/${serviceId}/messages${search}`);
  }

  /** Ends calls under way. */
  close(): Promise<void> {
    return this.connection.close();
  }

  private async call(method: 'GET' | 'POST', search: string, body: string | undefined, signal: AbortSignal) {
    const url = this.address(search);
    // Taken from the address that is called, so that the signature covers what the gateway receives.
    const pathAndQuery = url.pathname + url.search;
    const timestampMs = this.clock.now();
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'x-ncp-apigw-timestamp': String(timestampMs),
      'x-ncp-iam-access-key': this.access.accessKey,
      'x-ncp-apigw-signature-v2': signSens({ method, pathAndQuery, timestampMs }, this.access),
    };
    const call = { method, origin: url.origin, path: pathAndQuery, headers, body, signal };
    const { status, headers: answered, text } = await this.connection.call(call).catch(noAnswer);
    if (method === 'GET' && status === 404 && text.trim() === '') return {};
    if (status < 200 || status > 299)
      throw sensRefusal({ method, status, headers: answered, text, timestampMs });
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new DeliveryError('unknown', 'SENS returned something that is not JSON', {
        providerCode: String(status),
      });
    }
  }
}

function noAnswer(error: unknown): ProviderAnswer {
  if (!(error instanceof NoAnswer)) throw error;
  const kind = error.notSent ? 'retryable' : 'unknown';
  throw new DeliveryError(kind, 'SENS did not answer', { providerCode: error.code });
}
