import { randomBytes } from 'node:crypto';
import { type Clock } from '../../shared/clock';
import { readJson, throwNoAnswer } from '../json-answer';
import { ProviderConnection } from '../provider-connection';
import { solapiRefusal } from './solapi-refusal';
import { type SolapiSettings } from './solapi-settings';
import { signSolapi } from './solapi-signature';

/**
 * Makes signed calls to SOLAPI. Every call throws DeliveryError only. Answers can contain the texts of messages, so they
 * are not logged.
 */
export class SolapiClient {
  private readonly connection = new ProviderConnection();

  constructor(
    private readonly access: Omit<SolapiSettings, 'from'>,
    private readonly clock: Clock,
  ) {}

  /** @param path service, version and resource: `messages/v4/send-many/detail` */
  post(path: string, body: object, signal: AbortSignal): Promise<unknown> {
    return this.call('POST', path, JSON.stringify(body), signal);
  }

  get(path: string, query: Record<string, string>, signal: AbortSignal): Promise<unknown> {
    const search = new URLSearchParams(query).toString();
    return this.call('GET', search ? `${path}?${search}` : path, undefined, signal);
  }

  /** Ends calls under way. */
  close(): Promise<void> {
    return this.connection.close();
  }

  private async call(method: 'GET' | 'POST', target: string, body: string | undefined, signal: AbortSignal) {
    const url = new URL(`${this.access.endpoint.replace(/\/$/, '')}/${target}`);
    const calledAt = this.clock.now();
    const date = `${new Date(calledAt).toISOString().slice(0, 19)}Z`;
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      authorization: signSolapi({ date, salt: randomBytes(16).toString('hex') }, this.access),
    };
    const call = { method, origin: url.origin, path: url.pathname + url.search, headers, body, signal };
    const answer = await this.connection.call(call).catch((error) => throwNoAnswer('SOLAPI', error));
    if (answer.status < 200 || answer.status > 299) throw solapiRefusal({ ...answer, method, calledAt });
    return readJson('SOLAPI', answer);
  }
}
