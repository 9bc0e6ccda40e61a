import { createHmac } from 'node:crypto';
import { encode } from 'iconv-lite';
import { type Answer, type Call, HttpProvider } from './http-provider';
import { until } from './until';

export const SOLAPI_ACCESS = { apiKey: 'NCSAPIKEY0000001', apiSecret: 'SOLAPISECRET00000000000000000001' };
export const SOLAPI_FROM = '0212345678';

export interface SolapiMessage {
  messageId: string;
  groupId: string;
  to: string;
  from: string;
  text: string;
  type: string;
  subject?: string;
  country: string;
  customFields: Record<string, string>;
  status: 'PENDING' | 'SENDING' | 'COMPLETE';
  statusCode: string;
  dateCreated: string;
}

const CLOCK_TOLERANCE_MS = 15 * 60_000;
/** The result of a message that stays with the carrier. */
export const NEVER = 'NEVER';

/** SOLAPI on loopback. It computes signatures again, refuses repeated ones, and answers queries for messages. */
export class FakeSolapi extends HttpProvider {
  readonly messages: SolapiMessage[] = [];
  /** By number, the final status codes of its next messages: '4000' is delivered and the default. */
  readonly results = new Map<string, string[]>();
  /** By number, the status codes of its next registrations: '2000' is accepted and the default. */
  readonly registrations = new Map<string, string[]>();
  balance: unknown = {
    balance: 50_000,
    point: 0,
    lowBalanceAlert: { enabled: false, notificationBalance: '0' },
  };
  senders: unknown = [SOLAPI_FROM];
  /** By path, the answer to every read of it. */
  readonly readAnswers = new Map<string, Answer>();
  /** The form of lists of messages. */
  listForm: 'BY_ID' | 'ARRAY' = 'BY_ID';
  private readonly signatures = new Set<string>();
  /** How often a message must be queried before it has a result. */
  private readonly asked = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  static start(now?: () => number): Promise<FakeSolapi> {
    return new FakeSolapi(now).listen();
  }

  get environment(): Record<string, string> {
    return {
      SMS_PROVIDER: 'solapi',
      SOLAPI_ENDPOINT: this.url,
      SOLAPI_API_KEY: SOLAPI_ACCESS.apiKey,
      SOLAPI_API_SECRET: SOLAPI_ACCESS.apiSecret,
      SOLAPI_FROM: '02-1234-5678',
    };
  }

  waitForMessages(count: number): Promise<readonly SolapiMessage[]> {
    return until(() => (this.messages.length >= count ? this.messages : null));
  }

  protected override isMessage(call: Call): boolean {
    return call.method === 'POST';
  }

  protected override answer(call: Call): Answer {
    const forbidden = this.checkSignature(String(call.headers.authorization));
    if (forbidden) {
      const body = { errorCode: forbidden, errorMessage: '인증에 실패하였습니다.' };
      return { status: 403, body, headers: { date: new Date(this.now()).toUTCString() } };
    }
    const [path = '', search = ''] = call.target.split('?');
    if (call.method === 'POST' && path === '/messages/v4/send-many/detail')
      return this.take(JSON.parse(call.body));
    if (call.method === 'GET') {
      const read = this.readAnswers.get(path);
      if (read) return read;
      if (path === '/messages/v4/list') return this.list(new URLSearchParams(search));
      if (path === '/cash/v1/balance') return { status: 200, body: this.balance as object };
      if (path === '/senderid/v1/numbers/active') return { status: 200, body: this.senders as object };
    }
    return { status: 404, body: { errorCode: 'ResourceNotFound', errorMessage: path } };
  }

  /** Returns the name of the error, or null. */
  private checkSignature(header: string): string | null {
    const [, apiKey, date = '', salt = '', signature] =
      /^HMAC-SHA256 apiKey=([^,]+), date=([^,]+), salt=([^,]+), signature=([0-9a-f]{64})$/.exec(header) ?? [];
    if (apiKey !== SOLAPI_ACCESS.apiKey) return 'InvalidAPIKey';
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(date)) return 'InvalidDate';
    if (Math.abs(Date.parse(date) - this.now()) > CLOCK_TOLERANCE_MS) return 'RequestTimeTooSkewed';
    if (!/^[A-Za-z0-9]{12,64}$/.test(salt)) return 'InvalidSalt';
    const expected = createHmac('sha256', SOLAPI_ACCESS.apiSecret)
      .update(date + salt)
      .digest('hex');
    if (signature !== expected) return 'SignatureDoesNotMatch';
    if (this.signatures.has(expected)) return 'DuplicatedSignature';
    this.signatures.add(expected);
    return null;
  }

  private take({ messages: [message] }: any): Answer {
    const bytes = encode(message.text, 'euc-kr').length;
    const faults = [
      !['SMS', 'LMS'].includes(message.type) && 'type',
      !/^\d+$/.test(message.to) && '"to"',
      !/^\d+$/.test(message.from) && '"from"',
      !/^\d{1,3}$/.test(message.country) && 'country',
      bytes > (message.type === 'SMS' ? 90 : 2000) && 'text',
      Object.entries(message.customFields).some(
        ([key, value]) => key.length > 30 || String(value).length > 100,
      ) && 'customFields',
    ].filter(Boolean);
    if (faults.length > 0)
      return { status: 400, body: { errorCode: 'ValidationError', errorMessage: faults.join() } };
    const messageId = `M4V${this.messages.length + 1}`;
    const unknownSender = message.from === SOLAPI_FROM ? null : '1062';
    const statusCode = unknownSender ?? this.registrations.get(message.to)?.shift() ?? '2000';
    const stored: SolapiMessage = {
      ...message,
      messageId,
      groupId: `G4V${this.messages.length + 1}`,
      status: 'PENDING',
      statusCode,
      dateCreated: new Date(this.now()).toISOString(),
    };
    this.messages.push(stored);
    const failed = statusCode !== '2000';
    const count = { total: 1, registeredSuccess: failed ? 0 : 1, registeredFailed: failed ? 1 : 0 };
    return {
      status: 200,
      body: {
        groupInfo: { groupId: stored.groupId, count },
        failedMessageList: failed ? [{ ...message, messageId, statusCode, statusMessage: '실패' }] : [],
        messageList: failed
          ? []
          : [{ messageId, statusCode, statusMessage: '정상 접수', customFields: message.customFields }],
      },
    };
  }

  private list(query: URLSearchParams): Answer {
    const messageId = query.get('messageId');
    const [first, last] = [query.get('startDate'), query.get('endDate')];
    if (messageId === null && !(first && last && query.get('dateType') === 'CREATED'))
      return { status: 400, body: { errorCode: 'ValidationError', errorMessage: 'startDate, endDate' } };
    const found = this.messages.filter((message) =>
      messageId === null
        ? message.to === query.get('to') && message.dateCreated >= first! && message.dateCreated <= last!
        : message.messageId === messageId,
    );
    if (messageId !== null) for (const message of found) this.progress(message);
    const byId = Object.fromEntries(found.map((message) => [message.messageId, message]));
    return {
      status: 200,
      body: {
        startKey: null,
        nextKey: null,
        limit: 20,
        messageList: this.listForm === 'ARRAY' ? found : byId,
      },
    };
  }

  /** 2000, then 3000, then its result. */
  private progress(message: SolapiMessage): void {
    const asked = (this.asked.get(message.messageId) ?? 0) + 1;
    this.asked.set(message.messageId, asked);
    if (message.statusCode === '2000') {
      message.status = 'SENDING';
      message.statusCode = '3000';
    } else if (message.status === 'SENDING') {
      const result = this.results.get(message.to)?.[0] ?? '4000';
      if (result === NEVER) return;
      this.results.get(message.to)?.shift();
      message.status = 'COMPLETE';
      message.statusCode = result;
    }
  }
}
