import { randomUUID } from 'node:crypto';
import { type Clock } from '../../shared/clock';
import { signWebhook } from '../../shared/standard-webhooks';
import { type Channel } from '../../recipients/channel';
import { type CreateProvider } from '../create-provider.types';
import { throwNoAnswer } from '../json-answer';
import { type ProviderAnswer, ProviderConnection } from '../provider-connection';
import {
  type AcceptedSend,
  type OutgoingMessage,
  type Provider,
  type ProviderFinding,
} from '../provider.types';
import { refusedCall } from '../refused-call';
import { readAnswer } from './http-answers';
import { pingFinding } from './http-ping';
import { type HttpSettings } from './http-settings';

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * The operator's own gateway, called by a POST with a signature of Standard Webhooks. docs/guides/http-gateway.md
 * describes the calls.
 */
export class HttpProvider implements Provider {
  readonly name = 'http';
  readonly deduplicates = true;
  readonly clockOrigin: string;
  private readonly url: URL;
  private readonly connection = new ProviderConnection({ maxAnswerBytes: MAX_ANSWER_BYTES });

  constructor(
    readonly channel: Channel,
    private readonly settings: HttpSettings & { brandName: string },
    private readonly clock: Clock,
  ) {
    this.url = new URL(settings.url);
    this.clockOrigin = this.url.origin;
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
    const answer = await this.post({ id: deliveryId, type: 'message.send', data }, signal);
    return readAnswer(answer, this.clock.now());
  }

  /** Posts a signed `ping`, which contains no message. */
  async check(signal: AbortSignal): Promise<ProviderFinding[]> {
    try {
      const { status } = await this.post({ id: `ping_${randomUUID()}`, type: 'ping', data: {} }, signal);
      return [pingFinding(status)];
    } catch (error) {
      return [refusedCall(error, 'check HTTP_PROVIDER_URL, and whether the gateway runs')];
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private post(
    { id, type, data }: { id: string; type: string; data: object },
    signal: AbortSignal,
  ): Promise<ProviderAnswer> {
    const nowMs = this.clock.now();
    const body = JSON.stringify({ type, timestamp: new Date(nowMs).toISOString(), data });
    const signature = signWebhook(this.settings.secrets, { id, nowMs, body });
    const headers = { 'content-type': 'application/json; charset=utf-8', ...signature };
    const { origin, pathname, search } = this.url;
    const call = { method: 'POST' as const, origin, path: pathname + search, headers, body, signal };
    return this.connection.call(call).catch((error: unknown) => throwNoAnswer('the gateway', error));
  }
}

export const createEmailHttp: CreateProvider = ({ http, brandName }, { clock }) =>
  new HttpProvider('EMAIL', { ...http, brandName }, clock);
export const createSmsHttp: CreateProvider = ({ http, brandName }, { clock }) =>
  new HttpProvider('SMS', { ...http, brandName }, clock);
