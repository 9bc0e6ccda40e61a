import { randomUUID } from 'node:crypto';
import { type Clock } from '../shared/clock';
import { signWebhook } from '../shared/standard-webhooks';
import { type ProviderAnswer, ProviderConnection } from './provider-connection';

/** A longer answer of the operator's program is not read. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** A call as it is posted: `{type, timestamp, data}`. */
export interface WebhookCall {
  /** The `webhook-id`: the same on every call about the same message. */
  id: string;
  type: string;
  /** The `timestamp`, in epoch milliseconds. Missing: now. */
  at?: number;
  data: object;
}

/** Posts calls to a URL of the operator, signed by Standard Webhooks. */
export class WebhookConnection {
  /** Scheme, host and port of the URL. */
  readonly origin: string;
  private readonly path: string;
  private readonly connection = new ProviderConnection({ maxAnswerBytes: MAX_ANSWER_BYTES });

  /** @param settings.secrets `whsec_...`; each call is signed with every one of them. */
  constructor(
    private readonly settings: { url: string; secrets: readonly string[] },
    private readonly clock: Clock,
  ) {
    const { origin, pathname, search } = new URL(settings.url);
    this.origin = origin;
    this.path = pathname + search;
  }

  /** Follows no redirect. @throws NoAnswer */
  post({ id, type, at, data }: WebhookCall, signal: AbortSignal): Promise<ProviderAnswer> {
    const nowMs = this.clock.now();
    const body = JSON.stringify({ type, timestamp: new Date(at ?? nowMs).toISOString(), data });
    const signature = signWebhook(this.settings.secrets, { id, nowMs, body });
    const headers = { 'content-type': 'application/json; charset=utf-8', ...signature };
    return this.connection.call({
      method: 'POST',
      origin: this.origin,
      path: this.path,
      headers,
      body,
      signal,
    });
  }

  /** Posts a call of the type `ping` without data, whose id begins with `ping_`. @throws NoAnswer */
  ping(signal: AbortSignal): Promise<ProviderAnswer> {
    return this.post({ id: `ping_${randomUUID()}`, type: 'ping', data: {} }, signal);
  }

  /** Ends calls that are running. */
  close(): Promise<void> {
    return this.connection.close();
  }
}
