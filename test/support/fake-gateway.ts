import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { type Answer, type Call, HttpProvider } from './http-provider';
import { until } from './until';

export const GATEWAY_SECRET = `whsec_${Buffer.from('a secret of the gateway in tests').toString('base64')}`;

/** The data of an accepted `message.send`. */
export interface GatewayMessage {
  deliveryId: string;
  verificationId: string;
  channel: 'EMAIL' | 'SMS';
  to: string;
  locale: string;
  purpose: string;
  code: string;
  expiresAt: string;
  brand: string;
  subject: string | null;
  text: string;
  html: string | null;
}

export interface GatewayReceipt {
  deliveryId: string;
  status: string;
  failure?: string | null;
}

const CLOCK_TOLERANCE_SECONDS = 5 * 60;
const FIELDS = [
  ...['deliveryId', 'verificationId', 'channel', 'to', 'locale', 'purpose', 'code', 'expiresAt', 'brand'],
  ...['subject', 'text', 'html'],
];

/**
 * An operator's gateway on loopback. It recomputes signatures with the package `standardwebhooks`, accepts each
 * webhook-id once, and signs receipts.
 */
export class FakeGateway extends HttpProvider {
  /** Accepted messages. A repeated one is not accepted again. */
  readonly messages: GatewayMessage[] = [];
  /** The answer to a `ping`. */
  pingStatus = 204;
  private readonly ids = new Map<string, string>();
  private readonly webhook: Webhook;

  constructor(
    private readonly now: () => number = Date.now,
    readonly secret = GATEWAY_SECRET,
  ) {
    super();
    this.webhook = new Webhook(secret);
  }

  static start(now?: () => number): Promise<FakeGateway> {
    return new FakeGateway(now).listen();
  }

  /** The settings besides EMAIL_PROVIDER and SMS_PROVIDER. */
  get environment(): Record<string, string> {
    return { HTTP_PROVIDER_URL: `${this.url}/messages?tenant=a%20b`, HTTP_PROVIDER_SECRET: this.secret };
  }

  waitForMessages(count: number): Promise<readonly GatewayMessage[]> {
    return until(() => (this.messages.length >= count ? this.messages : null));
  }

  /**
   * Posts a receipt as a gateway does. @returns the answer.
   */
  report(serverUrl: string, receipt: GatewayReceipt): Promise<Response> {
    return this.postReceipt(serverUrl, JSON.stringify(receipt));
  }

  /** Posts any body with a valid signature; `headers` replaces headers. */
  postReceipt(serverUrl: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${serverUrl}/webhooks/delivery`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.sign(body), ...headers },
      body,
    });
  }

  /** The headers of a call that this gateway makes. A repeated report has the id of the first one. */
  sign(body: string, at = this.now(), id = `receipt_${randomUUID()}`): Record<string, string> {
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': this.webhook.sign(id, new Date(at), body),
    };
  }

  protected override isMessage(call: Call): boolean {
    return call.body.includes('"message.send"');
  }

  protected override answer(call: Call): Answer {
    if (call.method !== 'POST' || call.target !== '/messages?tenant=a%20b')
      return { status: 404, body: { error: 'NOT_FOUND' } };
    if (!this.isSigned(call)) return { status: 401, body: { error: 'UNAUTHENTICATED' } };
    const { type, timestamp, data, ...more } = JSON.parse(call.body);
    const at = Number(call.headers['webhook-timestamp']);
    if (Math.floor(Date.parse(timestamp) / 1000) !== at || Object.keys(more).length > 0)
      return { status: 400, body: { error: 'bad envelope' } };
    if (type === 'ping') return { status: this.pingStatus, body: null };
    const id = String(call.headers['webhook-id']);
    if (type !== 'message.send' || id !== data.deliveryId || Object.keys(data).join() !== FIELDS.join())
      return { status: 400, body: { error: 'bad data' } };
    return { status: 200, body: { id: this.accept(id, data) } };
  }

  private isSigned({ headers, body }: Call): boolean {
    const seconds = Number(headers['webhook-timestamp']);
    if (Math.abs(seconds - this.now() / 1000) > CLOCK_TOLERANCE_SECONDS) return false;
    const expected = this.webhook.sign(String(headers['webhook-id']), new Date(seconds * 1000), body);
    return String(headers['webhook-signature']).split(' ').includes(expected);
  }

  private accept(webhookId: string, data: GatewayMessage): string {
    const known = this.ids.get(webhookId);
    if (known) return known;
    this.messages.push(data);
    const id = `gateway-${this.messages.length}`;
    this.ids.set(webhookId, id);
    return id;
  }
}
