import { createHmac } from 'node:crypto';
import { encode } from 'iconv-lite';
import { ALIMTALK_ACCESS, FakeAlimtalk, TEMPLATE_KO } from './fake-alimtalk';
import { type Answer, type Call, HttpProvider } from './http-provider';
import { koreanTime } from './korean-time';
import { until } from './until';

export const SENS_ACCESS = {
  serviceId: 'ncp:sms:kr:123456789012:project',
  accessKey: 'ACCESSKEY',
  secretKey: 'SECRETKEY',
};

export interface SensMessage {
  requestId: string;
  messageId: string;
  /** Korean time, as in the list of messages. */
  requestTime: string;
  to: string;
  countryCode: string;
  from: string;
  type: string;
  content: string;
  subject?: string;
  status: 'READY' | 'PROCESSING' | 'COMPLETED';
  statusCode?: string;
  statusName?: 'success' | 'fail';
}

const CLOCK_TOLERANCE_MS = 5 * 60_000;

/**
 * SENS's SMS v2 and Alimtalk v2 on loopback. It computes signatures again, checks bodies, and answers queries for
 * messages.
 */
export class FakeSens extends HttpProvider {
  readonly messages: SensMessage[] = [];
  readonly alimtalk: FakeAlimtalk;
  /** By number, the result codes of its next messages. The default is '0': delivered. */
  readonly results = new Map<string, string[]>();
  /** The answer of a list without messages. The live service was seen to answer an empty 404. */
  nothingListed: 'EMPTY_LIST' | 'EMPTY_404' = 'EMPTY_404';
  /** How often a message must be queried before it has a result. */
  private readonly asked = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {
    super();
    this.alimtalk = new FakeAlimtalk(now);
  }

  static start(now?: () => number): Promise<FakeSens> {
    return new FakeSens(now).listen();
  }

  get environment(): Record<string, string> {
    return {
      SMS_PROVIDER: 'sens',
      SENS_ENDPOINT: this.url,
      SENS_SERVICE_ID: SENS_ACCESS.serviceId,
      SENS_ACCESS_KEY: SENS_ACCESS.accessKey,
      SENS_SECRET_KEY: SENS_ACCESS.secretKey,
      SENS_FROM: '02-1234-5678',
    };
  }

  /** The settings of Alimtalk without another provider. Add providers after it if needed. */
  get alimtalkEnvironment(): Record<string, string> {
    return {
      ...this.environment,
      SMS_PROVIDER: 'sens-alimtalk',
      SENS_ALIMTALK_SERVICE_ID: ALIMTALK_ACCESS.serviceId,
      SENS_ALIMTALK_CHANNEL: ALIMTALK_ACCESS.channelId,
      SENS_ALIMTALK_TEMPLATE_KO: TEMPLATE_KO,
      BRAND_NAME: '인증상점',
    };
  }

  waitForMessages(count: number): Promise<readonly SensMessage[]> {
    return until(() => (this.messages.length >= count ? this.messages : null));
  }

  protected override isMessage(call: Call): boolean {
    return call.method === 'POST';
  }

  protected override answer(call: Call): Answer {
    const timestamp = Number(call.headers['x-ncp-apigw-timestamp']);
    if (Math.abs(timestamp - this.now()) > CLOCK_TOLERANCE_MS) return this.unauthorized('Expired timestamp');
    const text = `${call.method} ${call.target}\n${timestamp}\n${SENS_ACCESS.accessKey}`;
    const signature = createHmac('sha256', SENS_ACCESS.secretKey).update(text).digest('base64');
    if (call.headers['x-ncp-iam-access-key'] !== SENS_ACCESS.accessKey)
      return this.unauthorized('Authentication Failed');
    if (call.headers['x-ncp-apigw-signature-v2'] !== signature)
      return this.unauthorized('Authentication Failed');
    const alimtalk = this.alimtalk.answer(call);
    if (alimtalk) return alimtalk;
    const base = `/sms/v2/services/${SENS_ACCESS.serviceId}/messages`;
    if (call.method === 'POST' && call.target === base) {
      if (call.headers['content-type'] !== 'application/json; charset=utf-8')
        return { status: 400, body: { status: 400, errorMessage: 'bad content type' } };
      return this.take(JSON.parse(call.body));
    }
    if (call.method === 'GET' && call.target.startsWith(`${base}?`)) {
      return this.list(new URLSearchParams(call.target.slice(base.length + 1)));
    }
    if (call.method === 'GET' && call.target.startsWith(`${base}/`)) {
      const messageId = decodeURIComponent(call.target.slice(base.length + 1));
      return this.listed(this.messages.filter((message) => message.messageId === messageId));
    }
    return {
      status: 404,
      body: { error: { errorCode: '300', message: 'Not Found', details: 'URL not found.' } },
    };
  }

  private unauthorized(message: string): Answer {
    const body = { error: { errorCode: '200', message, details: 'Invalid authentication information.' } };
    return { status: 401, body, headers: { date: new Date(this.now()).toUTCString() } };
  }

  private take(body: any): Answer {
    const bytes = encode(body.content, 'euc-kr').length;
    const faults = [
      !['SMS', 'LMS'].includes(body.type) && 'type',
      body.contentType !== 'COMM' && 'contentType',
      !/^\d{1,3}$/.test(body.countryCode) && 'countryCode',
      !/^\d+$/.test(body.from) && 'from',
      !/^\d+$/.test(body.messages?.[0]?.to) && 'messages[0].to',
      bytes > (body.type === 'SMS' ? 90 : 2000) && 'content',
    ].filter(Boolean);
    if (faults.length > 0)
      return { status: 400, body: { status: 400, errorMessage: `bad ${faults.join()}` } };
    const number = this.messages.length + 1;
    const requestId = `RSSA-${number}`;
    this.messages.push({
      requestId,
      messageId: `0-ESA-${number}`,
      requestTime: koreanTime(this.now()),
      to: body.messages[0].to,
      countryCode: body.countryCode,
      from: body.from,
      type: body.type,
      content: body.content,
      subject: body.subject,
      status: 'READY',
    });
    return {
      status: 202,
      body: { requestId, requestTime: koreanTime(this.now()), statusCode: '202', statusName: 'success' },
    };
  }

  private list(query: URLSearchParams): Answer {
    const requestId = query.get('requestId');
    const first = query.get('requestStartTime');
    const last = query.get('requestEndTime');
    if (requestId === null && (!isListTime(first) || !isListTime(last)))
      return { status: 400, body: { status: 400, errorMessage: 'requestStartTime, requestEndTime' } };
    const found = this.messages.filter((message) =>
      requestId === null
        ? message.requestTime >= first! && message.requestTime <= last! && message.to === query.get('to')
        : message.requestId === requestId,
    );
    if (requestId !== null) for (const message of found) this.progress(message);
    return this.listed(found);
  }

  private listed(messages: SensMessage[]): Answer {
    if (messages.length === 0 && this.nothingListed === 'EMPTY_404') return { status: 404, body: null };
    return {
      status: 202,
      body: { statusCode: '202', statusName: 'success', pageIndex: 0, pageSize: 100, messages },
    };
  }

  /** READY, then PROCESSING, then COMPLETED with its result. */
  private progress(message: SensMessage): void {
    const asked = (this.asked.get(message.requestId) ?? 0) + 1;
    this.asked.set(message.requestId, asked);
    if (asked === 1) message.status = 'PROCESSING';
    else if (message.status !== 'COMPLETED') {
      message.status = 'COMPLETED';
      message.statusCode = this.results.get(message.to)?.shift() ?? '0';
      message.statusName = message.statusCode === '0' ? 'success' : 'fail';
    }
  }
}

function isListTime(value: string | null): boolean {
  return value !== null && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(value);
}
