import { type Clock, MINUTE_MS } from '../../shared/clock';
import { type Logger } from '../../observability/logger';
import { type CreateProvider } from '../create-provider.types';
import { fieldsOf, objectsOf, textOf } from '../json-answer';
import {
  type AcceptedSend,
  DeliveryError,
  type LookupScope,
  type OutgoingMessage,
  type Provider,
  type ProviderFinding,
  type Receipt,
} from '../provider.types';
import { requestedBetween } from '../sens/korean-time';
import { SensClient } from '../sens/sens-client';
import { KOREA, splitNumber } from '../sms/split-number';
import { checkAlimtalk } from './alimtalk-check';
import { alimtalkReceipt, isMismatch, requestError } from './alimtalk-results';
import { composeAlimtalk } from './alimtalk-template';
import { AlimtalkTemplates } from './alimtalk-templates';
import { type SensAlimtalkSettings } from './sens-alimtalk-settings';

/** With less time left, a template could not name a whole minute, and the next provider would have too little time. */
const LEAST_LEFT_MS = MINUTE_MS;
/** A look-up searches this much earlier and later, because the clocks may differ as much as the gateway allows. */
const LOOKUP_MARGIN_MS = 5 * MINUTE_MS;
/** The most messages that are read one by one, when a list does not contain their texts. */
const MOST_READ = 5;

export interface SensAlimtalkDeps {
  settings: SensAlimtalkSettings;
  /** The value of `#{서비스명}` and `#{brand}`. */
  brand: string;
  clock: Clock;
  logger: Logger;
}

/** KakaoTalk business messages (Alimtalk) through Naver Cloud SENS, Alimtalk API version 2. */
export class SensAlimtalkProvider implements Provider {
  readonly name = 'sens-alimtalk';
  readonly channel = 'SMS';
  readonly reachesOnlySome = true;
  readonly receiptDeadlineMs: number;
  readonly clockOrigin: string;
  private readonly client: SensClient;
  private readonly templates: AlimtalkTemplates;

  constructor(private readonly deps: SensAlimtalkDeps) {
    const { settings, clock, logger } = deps;
    this.receiptDeadlineMs = settings.waitMs;
    this.clockOrigin = new URL(settings.endpoint).origin;
    const access = { ...settings, api: 'alimtalk', serviceIdSetting: 'SENS_ALIMTALK_SERVICE_ID' } as const;
    this.client = new SensClient(access, clock);
    this.templates = new AlimtalkTemplates({ client: this.client, clock, logger, settings });
  }

  start(): void {
    this.templates.start();
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<AcceptedSend> {
    const { countryCode, national } = splitNumber(message.to);
    if (countryCode !== KOREA)
      throw new DeliveryError('skipped', 'Alimtalk reaches Korean numbers only (+82)');
    if (message.leftMs < LEAST_LEFT_MS)
      throw new DeliveryError('skipped', 'less than a minute is left until the code expires');
    const { templateCode, ...template } = await this.templates.choose(message.locale, signal);
    const content = composeAlimtalk(template, {
      code: message.code,
      minutes: Math.floor(message.leftMs / MINUTE_MS),
      brand: this.deps.brand,
    });
    const buttons = template.buttons.length > 0 ? { buttons: template.buttons } : {};
    const messages = [{ countryCode, to: national, content, ...buttons, useSmsFailover: false }];
    const body = { plusFriendId: this.deps.settings.channelId, templateCode, messages };
    const answer = fieldsOf(await this.client.post('messages', body, signal));
    return this.readAccepted(answer);
  }

  /**
   * Searches the messages that were sent to the number since the send began for one with the code. Messages that are
   * recorded for other deliveries are skipped, and so is a message that failed for a temporary reason and must be sent
   * again. The newest match counts.
   */
  async lookup(
    { to, code }: OutgoingMessage,
    { since, known }: LookupScope,
    signal: AbortSignal,
  ): Promise<AcceptedSend | null> {
    const query = {
      plusFriendId: this.deps.settings.channelId,
      ...requestedBetween(since - LOOKUP_MARGIN_MS, this.deps.clock.now() + LOOKUP_MARGIN_MS),
      to: splitNumber(to).national,
      pageSize: '100',
    };
    const answer = await this.client.get('messages', query, signal);
    const listed = messagesOf(answer)
      .filter((message) => textOf(message.messageId) !== '' && !known.has(textOf(message.messageId)))
      .filter((message) => !mustBeSentAgain(alimtalkReceipt(message)))
      .sort((one, other) => textOf(other.requestTime).localeCompare(textOf(one.requestTime)));
    const containsCode = new RegExp(`(?<!\\d)${code}(?!\\d)`);
    for (const message of listed.slice(0, MOST_READ)) {
      const content = textOf(message.content) || (await this.readContent(textOf(message.messageId), signal));
      if (containsCode.test(content)) return { providerMessageId: textOf(message.messageId) };
    }
    return null;
  }

  async receipt(providerMessageId: string, signal: AbortSignal): Promise<Receipt> {
    const receipt = alimtalkReceipt(await this.read(providerMessageId, signal));
    if (receipt.state === 'failed' && isMismatch(receipt.providerCode)) this.templates.refreshSoon();
    return receipt;
  }

  check(signal: AbortSignal): Promise<ProviderFinding[]> {
    const { settings, brand } = this.deps;
    return checkAlimtalk({ client: this.client, templates: this.templates, settings, brand }, signal);
  }

  async close(): Promise<void> {
    await this.templates.close();
    await this.client.close();
  }

  private readAccepted(answer: Record<string, unknown>): AcceptedSend {
    const [message] = objectsOf(answer.messages);
    const refused = message && requestError(message);
    if (refused) {
      if (isMismatch(refused.options.providerCode)) this.templates.refreshSoon();
      throw refused;
    }
    const providerMessageId = textOf(message?.messageId);
    if (!providerMessageId || answer.statusName === 'fail')
      throw new DeliveryError('unknown', 'SENS answered without accepting the Alimtalk');
    return { providerMessageId };
  }

  private async readContent(messageId: string, signal: AbortSignal): Promise<string> {
    return textOf((await this.read(messageId, signal)).content);
  }

  /**
   * The documents show the message itself. A list with this message is accepted too. A message that names another id is
   * not this one.
   *
   * @returns no fields when the answer does not contain the message.
   */
  private async read(messageId: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const answer = await this.client.get(`messages/${encodeURIComponent(messageId)}`, {}, signal);
    const listed = messagesOf(answer);
    const messages = listed.length > 0 ? listed : [fieldsOf(answer)];
    return messages.find((message) => [messageId, ''].includes(textOf(message.messageId))) ?? {};
  }
}

export const createSensAlimtalk: CreateProvider = ({ sensAlimtalk, brandName }, { clock, logger }) =>
  new SensAlimtalkProvider({ settings: sensAlimtalk, brand: brandName, clock, logger });

function messagesOf(answer: unknown): Record<string, unknown>[] {
  return objectsOf(Array.isArray(answer) ? answer : fieldsOf(answer).messages);
}

function mustBeSentAgain(receipt: Receipt): boolean {
  return receipt.state === 'failed' && receipt.retryable;
}
