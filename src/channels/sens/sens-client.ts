import { type Clock } from '../../shared/clock';
import { readJson, throwNoAnswer } from '../json-answer';
import { ProviderConnection } from '../provider-connection';
import { sensRefusal } from './sens-results';
import { signSens } from './sens-signature';

/** The service of SENS to call, its host and its access key. */
export interface SensAccess {
  endpoint: string;
  api: 'sms' | 'alimtalk';
  serviceId: string;
  /** The setting with the service id, for messages to the operator. */
  serviceIdSetting: string;
  accessKey: string;
  secretKey: string;
}

/**
 * Makes signed calls to an API of SENS, version 2. Every call throws DeliveryError only. Answers can contain the texts of
 * messages, so they are not logged.
 */
export class SensClient {
  private readonly connection = new ProviderConnection();

  constructor(
    private readonly access: SensAccess,
    private readonly clock: Clock,
  ) {}

  /** @param resource the path below the service: `messages` */
  post(resource: string, body: object, signal: AbortSignal): Promise<unknown> {
    return this.call('POST', resource, JSON.stringify(body), signal);
  }

  /**
   * Reads a resource or a list. The live service has answered a list without matches with an empty 404, so an empty 404
   * is returned as an empty object. A 404 of the gateway, such as for an unknown service id, has a JSON error.
   *
   * @param resource the path below the service: `messages`, `templates`
   */
  get(resource: string, query: Record<string, string>, signal: AbortSignal): Promise<unknown> {
    // Only readers of forms decode `+` to a blank. Every reader decodes `%20`.
    const search = new URLSearchParams(query).toString().replaceAll('+', '%20');
    return this.call('GET', search ? `${resource}?${search}` : resource, undefined, signal);
  }

  /** Ends calls under way. */
  close(): Promise<void> {
    return this.connection.close();
  }

  /** URL keeps the colons of the service id in a path, and encodes characters that cannot be sent. */
  private address(resource: string): URL {
    const { endpoint, api, serviceId } = this.access;
    return new URL(`${endpoint.replace(/\/$/, '')}/${api}/v2/services/${serviceId}/${resource}`);
  }

  private async call(
    method: 'GET' | 'POST',
    resource: string,
    body: string | undefined,
    signal: AbortSignal,
  ) {
    const url = this.address(resource);
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
    const answer = await this.connection.call(call).catch((error) => throwNoAnswer('SENS', error));
    const { status, text } = answer;
    if (method === 'GET' && status === 404 && text.trim() === '') return {};
    if (status < 200 || status > 299) {
      const { serviceIdSetting } = this.access;
      throw sensRefusal({ ...answer, method, timestampMs, serviceIdSetting });
    }
    return readJson('SENS', answer);
  }
}
