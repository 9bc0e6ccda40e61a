import { type Clock } from '../../shared/clock';
import { chooseSmsType, type SmsTypeSettings } from '../sms/choose-sms-type';
import { type CreateProvider } from '../create-provider.types';
import {
  type AcceptedSend,
  DeliveryError,
  type LookupScope,
  type OutgoingMessage,
  type Provider,
  type ProviderFinding,
  type Receipt,
} from '../provider.types';
import { checkEndpoint, refusedCall } from '../refused-call';
import { splitNumber } from '../sms/split-number';
import { requestedBetween } from './korean-time';
import { SensClient } from './sens-client';
import { sensReceipt, type SensResult } from './sens-results';
import { type SensSettings } from './sens-settings';

export type SensProviderSettings = SensSettings & SmsTypeSettings;

/** A look-up searches this much earlier and later, because the clocks may differ as much as the gateway allows. */
const LOOKUP_MARGIN_MS = 5 * 60_000;

interface ListedMessage extends SensResult {
  requestId?: string;
  /** Korean time. */
  requestTime?: string;
  content?: string;
}

/** Naver Cloud SENS, SMS API version 2. */
export class SensProvider implements Provider {
  readonly name = 'sens';
  readonly channel = 'SMS';
  readonly clockOrigin: string;
  private readonly client: SensClient;

  constructor(
    private readonly settings: SensProviderSettings,
    private readonly clock: Clock,
  ) {
    this.clockOrigin = new URL(settings.endpoint).origin;
    const access = { ...settings, api: 'sms', serviceIdSetting: 'SENS_SERVICE_ID' } as const;
    this.client = new SensClient(access, clock);
  }

  async send({ to, text }: OutgoingMessage, signal: AbortSignal): Promise<AcceptedSend> {
    const { countryCode, national } = splitNumber(to);
    const answer = await this.client.post(
      'messages',
      {
        ...chooseSmsType(text, this.settings),
        contentType: 'COMM',
        countryCode,
        from: this.settings.from,
        content: text,
        messages: [{ to: national }],
      },
      signal,
    );
    const { requestId, statusName } = (answer ?? {}) as { requestId?: unknown; statusName?: unknown };
    if (typeof requestId !== 'string' || statusName === 'fail')
      throw new DeliveryError('unknown', 'SENS answered without accepting the message');
    return { providerMessageId: requestId };
  }

  /**
   * Searches the messages that were sent to the number since the send began for one with the code. The rest of the text
   * is not compared, because it contains the time that is left. Messages that are recorded for other deliveries are
   * skipped, and so is a message that failed for a temporary reason and must be sent again. The newest match counts.
   */
  async lookup(
    { to, code }: OutgoingMessage,
    { since, known }: LookupScope,
    signal: AbortSignal,
  ): Promise<AcceptedSend | null> {
    const answer = await this.client.get(
      'messages',
      {
        ...requestedBetween(since - LOOKUP_MARGIN_MS, this.clock.now() + LOOKUP_MARGIN_MS),
        to: splitNumber(to).national,
        pageSize: '100',
      },
      signal,
    );
    const containsCode = new RegExp(`(?<!\\d)${code}(?!\\d)`);
    const [newest] = messagesOf(answer)
      .filter(
        ({ requestId, content }) => requestId && !known.has(requestId) && containsCode.test(content ?? ''),
      )
      .filter((message) => !mustBeSentAgain(message))
      .sort((one, other) => (other.requestTime ?? '').localeCompare(one.requestTime ?? ''));
    return newest ? { providerMessageId: newest.requestId! } : null;
  }

  async receipt(providerMessageId: string, signal: AbortSignal): Promise<Receipt> {
    const answer = await this.client.get('messages', { requestId: providerMessageId }, signal);
    const message = messagesOf(answer).find(({ requestId }) =>
      [providerMessageId, undefined].includes(requestId),
    );
    return sensReceipt(message ?? {});
  }

  /** Lists the messages of the last minutes, which needs the same keys as a send. */
  async check(signal: AbortSignal): Promise<ProviderFinding[]> {
    const now = this.clock.now();
    try {
      const lastMinutes = requestedBetween(now - LOOKUP_MARGIN_MS, now);
      await this.client.get('messages', { ...lastMinutes, pageSize: '1' }, signal);
    } catch (error) {
      const advice = {
        refused: 'check SENS_SERVICE_ID, SENS_ACCESS_KEY and SENS_SECRET_KEY',
        unreachable: checkEndpoint('SENS_ENDPOINT'),
      };
      return [refusedCall(error, advice)];
    }
    const { from } = this.settings;
    const message = `SENS accepts the keys. Only a sent message shows whether the sender number ${from} is registered`;
    return [{ status: 'OK', message, advice: null }];
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

export const createSens: CreateProvider = ({ sens, allowLms, brandName }, { clock }) =>
  new SensProvider({ ...sens, allowLms, lmsSubject: brandName }, clock);

function messagesOf(answer: unknown): ListedMessage[] {
  const { messages } = (answer ?? {}) as { messages?: unknown };
  return Array.isArray(messages) ? messages.filter((message): message is ListedMessage => !!message) : [];
}

function mustBeSentAgain(message: ListedMessage): boolean {
  const receipt = sensReceipt(message);
  return receipt.state === 'failed' && receipt.retryable;
}
