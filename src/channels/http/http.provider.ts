import { type Clock } from '../../shared/clock';
import { type Channel } from '../../recipients/channel';
import { type CreateProvider } from '../create-provider.types';
import { throwNoAnswer } from '../json-answer';
import {
  type AcceptedSend,
  type OutgoingMessage,
  type Provider,
  type ProviderFinding,
} from '../provider.types';
import { WebhookConnection } from '../webhook-connection';
import { pingProgram } from '../webhook-ping';
import { readAnswer } from './http-answers';
import { type HttpSettings } from './http-settings';

const GATEWAY = {
  name: 'the gateway',
  urlSetting: 'HTTP_PROVIDER_URL',
  secretSetting: 'HTTP_PROVIDER_SECRET',
  proof: 'a sent message',
};

/**
 * The operator's own gateway, called by a POST with a signature of Standard Webhooks. docs/guides/http-gateway.md
 * describes the calls.
 */
export class HttpProvider implements Provider {
  readonly name = 'http';
  readonly deduplicates = true;
  readonly clockOrigin: string;
  private readonly connection: WebhookConnection;

  constructor(
    readonly channel: Channel,
    private readonly settings: HttpSettings & { brandName: string },
    private readonly clock: Clock,
  ) {
    this.connection = new WebhookConnection(settings, clock);
    this.clockOrigin = this.connection.origin;
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<AcceptedSend> {
    const { deliveryId, verificationId, to, locale, purpose, code, expiresAt, subject, text, html } = message;
    const data = {
      deliveryId,
      verificationId,
      channel: this.channel,
      to,
      locale,
      purpose,
      code,
      expiresAt: new Date(expiresAt).toISOString(),
      brand: this.settings.brandName,
      subject: subject ?? null,
      text,
      html: html ?? null,
    };
    const call = { id: deliveryId, type: 'message.send', data };
    const answer = await this.connection
      .post(call, signal)
      .catch((error: unknown) => throwNoAnswer(GATEWAY.name, error));
    return readAnswer(answer, this.clock.now());
  }

  /** Posts a signed `ping`, which contains no message. */
  async check(signal: AbortSignal): Promise<ProviderFinding[]> {
    return [await pingProgram(this.connection, GATEWAY, signal)];
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

export const createEmailHttp: CreateProvider = ({ http, brandName }, { clock }) =>
  new HttpProvider('EMAIL', { ...http, brandName }, clock);
export const createSmsHttp: CreateProvider = ({ http, brandName }, { clock }) =>
  new HttpProvider('SMS', { ...http, brandName }, clock);
