import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { type Clock } from '../../shared/clock';
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
import { eucKrLength } from '../euc-kr';
import { refusedCall } from '../refused-call';
import { SensClient } from './sens-client';
import { sensReceipt, type SensResult } from './sens-results';
import { type SensSettings } from './sens-settings';

export interface SensProviderSettings extends SensSettings {
  /** Whether a text of more than 90 bytes may be sent as LMS. */
  allowLms: boolean;
  /** The subject of an LMS, at most 40 bytes. It is omitted when it is longer or has unencodable characters. */
  lmsSubject: string;
}

const KOREA = '82';
const SMS_BYTES = 90;
const LMS_BYTES = 2_000;
const LMS_SUBJECT_BYTES = 40;
const KOREAN_TIME_MS = 9 * 3_600_000;
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
    this.client = new SensClient(settings, clock);
  }

  async send({ to, text }: OutgoingMessage, signal: AbortSignal): Promise<AcceptedSend> {
    const { countryCode, national } = splitNumber(to);
    const answer = await this.client.post(
      {
        ...this.chooseType(text),
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
    const answer = await this.client.list(
      {
        requestStartTime: koreanTime(since - LOOKUP_MARGIN_MS),
        requestEndTime: koreanTime(this.clock.now() + LOOKUP_MARGIN_MS),
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
    const [message] = messagesOf(await this.client.list({ requestId: providerMessageId }, signal));
    return sensReceipt(message ?? {});
  }

  /** Lists the messages of the last minutes, which needs the same keys as a send. */
  async check(signal: AbortSignal): Promise<ProviderFinding[]> {
    const now = this.clock.now();
    const requestStartTime = koreanTime(now - LOOKUP_MARGIN_MS);
    try {
      await this.client.list({ requestStartTime, requestEndTime: koreanTime(now), pageSize: '1' }, signal);
    } catch (error) {
      return [refusedCall(error, 'check SENS_SERVICE_ID, SENS_ACCESS_KEY and SENS_SECRET_KEY')];
    }
    const { from } = this.settings;
    const message = `SENS accepts the keys. Only a sent message shows whether the sender number ${from} is registered`;
    return [{ status: 'OK', message, advice: null }];
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private chooseType(text: string): { type: 'SMS' } | { type: 'LMS'; subject?: string } {
    const { bytes } = eucKrLength(text);
    if (bytes <= SMS_BYTES) return { type: 'SMS' };
    const { allowLms, lmsSubject } = this.settings;
    // SENS would shorten the text, perhaps in the middle of the code, and send it.
    if (!allowLms || bytes > LMS_BYTES)
      throw new DeliveryError('permanent', `the text is too long for ${allowLms ? 'LMS' : 'SMS'}`, {
        failure: 'SENDER_REFUSED',
      });
    const subject = eucKrLength(lmsSubject);
    const fits = subject.bytes > 0 && subject.bytes <= LMS_SUBJECT_BYTES && subject.unencodable.length === 0;
    return { type: 'LMS', ...(fits ? { subject: lmsSubject } : {}) };
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

/**
 * SENS requires the country code and the number as separate fields, digits only. A Korean number keeps its trunk prefix
 * 0, as in all of the vendor's examples. The vendor's pages do not define numbers of other countries, so they have the
 * form that follows the country code in E.164: without a trunk prefix. Italian numbers keep their first 0, because it
 * is not a prefix.
 */
function splitNumber(e164: string): { countryCode: string; national: string } {
  const number = parsePhoneNumberFromString(e164);
  if (!number) throw new DeliveryError('permanent', 'not an E.164 number', { failure: 'INVALID_RECIPIENT' });
  const { countryCallingCode: countryCode, nationalNumber } = number;
  return { countryCode, national: countryCode === KOREA ? `0${nationalNumber}` : nationalNumber };
}

/** `YYYY-MM-DD HH:mm:ss` in Korean time. */
function koreanTime(epochMs: number): string {
  return new Date(epochMs + KOREAN_TIME_MS).toISOString().slice(0, 19).replace('T', ' ');
}
