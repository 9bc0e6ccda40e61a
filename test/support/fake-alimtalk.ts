import { type Answer, type Call } from './http-provider';
import { koreanTime } from './korean-time';
import { until } from './until';

export const ALIMTALK_ACCESS = { serviceId: 'ncp:kkobizmsg:kr:1234567:project', channelId: '@injeung' };
export const TEMPLATE_KO = 'VERIFYKO1';
export const TEMPLATE_EN = 'VERIFYEN1';

/** A template as SENS lists it. */
export interface ListedTemplate {
  templateCode: string;
  content: string;
  templateInspectionStatus: string;
  templateStatus: string;
  buttons: Record<string, string | number | null>[] | null;
}

export interface AlimtalkMessage {
  requestId: string;
  messageId: string;
  /** Korean time, as it is listed. */
  requestTime: string;
  plusFriendId: string;
  templateCode: string;
  countryCode: string;
  to: string;
  content: string;
  buttons: Record<string, string>[];
  useSmsFailover: boolean;
  requestStatusCode: string;
  messageStatusCode?: string;
  messageStatusName: 'success' | 'processing' | 'fail';
}

/** The result of a message that never gets one. */
export const NEVER = 'NEVER';
const MISMATCH = '3016';

/** SENS's Alimtalk v2 behind the gateway of FakeSens, which checks the signatures. Kakao compares each text. */
export class FakeAlimtalk {
  readonly messages: AlimtalkMessage[] = [];
  readonly templates = new Map<string, ListedTemplate>();
  /** Null for a SENS without this list. */
  channels: object | null = [
    { channelId: ALIMTALK_ACCESS.channelId, channelStatus: 'ACTIVE', isBlock: false, isDormant: false },
  ];
  /** By number, the result codes of its next messages: '0000' is delivered and the default; NEVER stays processing. */
  readonly results = new Map<string, string[]>();
  /** By number, the codes of its next requests: 'A000' is accepted and the default. */
  readonly requestResults = new Map<string, string[]>();
  /** The answer of every call for templates or channels, until it is null. */
  readsAnswer: Answer | null = null;
  /** The form of the answer to a query for one template. */
  templatesForm: 'LIST' | 'ALONE' | 'IN_OBJECT' = 'LIST';
  /** Whether lists of messages contain the texts. */
  listsContent = true;
  /** The form of the answer to a query for one message. */
  messageForm: 'ALONE' | 'LIST' = 'ALONE';
  /** How often a message is asked after before it is settled. */
  private readonly asked = new Map<string, number>();

  constructor(private readonly now: () => number) {
    this.approve(
      TEMPLATE_KO,
      '[#{서비스명}] 인증번호는 #{인증번호}입니다.\n#{유효시간}분 안에 입력해 주세요.',
    );
  }

  waitForMessages(count: number): Promise<readonly AlimtalkMessage[]> {
    return until(() => (this.messages.length >= count ? this.messages : null));
  }

  /** Adds or changes an approved template. */
  approve(templateCode: string, content: string, change: Partial<ListedTemplate> = {}): void {
    this.templates.set(templateCode, {
      templateCode,
      content,
      templateInspectionStatus: 'COMPLETE',
      templateStatus: 'ACTIVE',
      buttons: [],
      ...change,
    });
  }

  /** Carries out a call whose signature was checked. Returns null for an address that SENS does not know. */
  answer({ method, target, body }: Call): Answer | null {
    const base = `/alimtalk/v2/services/${ALIMTALK_ACCESS.serviceId}/`;
    if (!target.startsWith(base)) return null;
    const [path = '', search = ''] = target.slice(base.length).split('?');
    const query = new URLSearchParams(search);
    if (method === 'POST' && path === 'messages') return this.take(JSON.parse(body));
    if (method !== 'GET') return null;
    if (path === 'messages') return this.list(query);
    if (path.startsWith('messages/')) return this.one(decodeURIComponent(path.slice('messages/'.length)));
    if (path === 'templates') return this.readsAnswer ?? this.listTemplates(query);
    if (path === 'channels' && this.channels) return this.readsAnswer ?? { status: 200, body: this.channels };
    return null;
  }

  private take({ plusFriendId, templateCode, messages: [message] }: any): Answer {
    const faults = [
      plusFriendId !== ALIMTALK_ACCESS.channelId && 'plusFriendId',
      !this.templates.has(templateCode) && 'templateCode',
      message.countryCode !== '82' && 'messages[0].countryCode',
      !/^01\d{8,9}$/.test(message.to) && 'messages[0].to',
      message.useSmsFailover !== false && 'messages[0].useSmsFailover',
    ].filter(Boolean);
    if (faults.length > 0)
      return { status: 400, body: { status: 400, errorMessage: `bad ${faults.join()}` } };
    const number = this.messages.length + 1;
    const taken: AlimtalkMessage = {
      requestId: `RKAA-${number}`,
      messageId: `0-KAA-${number}`,
      requestTime: koreanTime(this.now()),
      plusFriendId,
      templateCode,
      countryCode: message.countryCode,
      to: message.to,
      content: message.content,
      buttons: message.buttons ?? [],
      useSmsFailover: message.useSmsFailover,
      requestStatusCode: this.requestResults.get(message.to)?.shift() ?? 'A000',
      messageStatusName: 'processing',
    };
    this.messages.push(taken);
    const { requestId, requestTime } = taken;
    const statusName = taken.requestStatusCode === 'A000' ? 'success' : 'fail';
    const accepted = { ...taken, requestStatusName: statusName, requestStatusDesc: '성공' };
    return {
      status: 202,
      body: { requestId, requestTime, statusCode: '202', statusName: 'success', messages: [accepted] },
    };
  }

  private list(query: URLSearchParams): Answer {
    const [first, last] = [query.get('requestStartTime'), query.get('requestEndTime')];
    const complete = query.get('plusFriendId') && first && last && query.get('to');
    if (!complete)
      return { status: 400, body: { status: 400, errorMessage: 'plusFriendId, requestStartTime' } };
    const found = this.messages.filter(
      ({ requestTime, to, plusFriendId }) =>
        requestTime >= first &&
        requestTime <= last &&
        to === query.get('to') &&
        plusFriendId === query.get('plusFriendId'),
    );
    if (found.length === 0) return { status: 404, body: null };
    const messages = found.map((message) => ({
      ...message,
      ...(this.listsContent ? {} : { content: undefined }),
    }));
    return { status: 200, body: { statusCode: '200', statusName: 'success', messages } };
  }

  private one(messageId: string): Answer {
    const message = this.messages.find((each) => each.messageId === messageId);
    if (!message) return { status: 404, body: null };
    this.progress(message);
    return { status: 200, body: this.messageForm === 'ALONE' ? message : { messages: [message] } };
  }

  private listTemplates(query: URLSearchParams): Answer {
    if (query.get('channelId') !== ALIMTALK_ACCESS.channelId) return { status: 404, body: null };
    const template = this.templates.get(query.get('templateCode') ?? '');
    if (!template) return { status: 200, body: [] };
    const forms = { LIST: [template], ALONE: template, IN_OBJECT: { templates: [template] } };
    return { status: 200, body: forms[this.templatesForm] };
  }

  /** Processing at the first query, then its result. */
  private progress(message: AlimtalkMessage): void {
    const asked = (this.asked.get(message.messageId) ?? 0) + 1;
    this.asked.set(message.messageId, asked);
    if (asked === 1 || message.messageStatusName !== 'processing') return;
    const result = this.results.get(message.to)?.[0] ?? (this.matches(message) ? '0000' : MISMATCH);
    if (result === NEVER) return;
    this.results.get(message.to)?.shift();
    message.messageStatusCode = result;
    message.messageStatusName = result === '0000' ? 'success' : 'fail';
  }

  /** Compares a message with its approved template. Only the variables can have any text. */
  private matches({ templateCode, content, buttons }: AlimtalkMessage): boolean {
    const template = this.templates.get(templateCode)!;
    const fixed = template.content
      .split(/#\{[^{}]*\}/)
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    const named = (list: ListedTemplate['buttons']) => (list ?? []).map(({ type, name }) => ({ type, name }));
    const sameButtons = JSON.stringify(named(buttons)) === JSON.stringify(named(template.buttons));
    return sameButtons && new RegExp(`^${fixed.join('[^]*')}$`).test(content);
  }
}
