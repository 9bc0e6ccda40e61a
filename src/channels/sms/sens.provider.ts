import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { type Clock } from '../../shared/clock';
import {
  type Accepted,
  DeliveryError,
  type OutgoingMessage,
  type Provider,
  type Receipt,
} from '../provider.types';
import { eucKrLength } from './euc-kr';
import { type SensAccess, SensClient } from './sens-client';
import { sensReceipt, type SensResult } from './sens-results';

export interface SensSettings extends SensAccess {
  /** A registered sender number, digits only. */
  from: string;
  /** Whether a text over 90 bytes may go as LMS. */
  allowLms: boolean;
  /** LMS may have a subject, 40 bytes at most; one that does not fit or cannot be carried is left out. */
  lmsSubject: string;
}

const SMS_BYTES = 90;
const LMS_BYTES = 2_000;
const LMS_SUBJECT_BYTES = 40;
const KOREAN_TIME_MS = 9 * 3_600_000;
/** The list is asked with this much to both sides, since its page names no time zone and clocks differ. */
const LOOKUP_MARGIN_MS = 5 * 60_000;
/**
 * What was requested longer than this before the attempt is not the attempt's: a resend has the very text of the
 * message before it and comes after a cooldown. Half the default one, the rest is left for clocks that differ.
 */
const EARLIER_MS = 30_000;

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
  private readonly client: SensClient;

  constructor(
    private readonly settings: SensSettings,
    private readonly clock: Clock,
  ) {
    this.client = new SensClient(settings, clock);
  }

  async send({ to, text }: OutgoingMessage, signal: AbortSignal): Promise<Accepted> {
    const { countryCode, national } = split(to);
    const answer = await this.client.post(
      {
        ...this.form(text),
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
   * Looks for the message among those sent to the number since the attempt began, by its text: the same number may
   * have got another code in that time. The youngest counts, since one that failed may have been sent again. A
   * message that is not listed was not taken.
   */
  async lookup({ to, text }: OutgoingMessage, since: number, signal: AbortSignal): Promise<Accepted | null> {
    const answer = await this.client.list(
      {
        requestStartTime: koreanTime(since - LOOKUP_MARGIN_MS),
        requestEndTime: koreanTime(this.clock.now() + LOOKUP_MARGIN_MS),
        to: split(to).national,
        pageSize: '100',
      },
      signal,
    );
    const [youngest] = messagesOf(answer)
      .filter(({ content }) => plain(content ?? '') === plain(text))
      .map(({ requestId = '', requestTime }) => ({ requestId, requestedAt: epochMs(requestTime) }))
      .filter(({ requestId, requestedAt }) => requestId !== '' && requestedAt >= since - EARLIER_MS)
      .sort((one, other) => other.requestedAt - one.requestedAt || 0);
    return youngest ? { providerMessageId: youngest.requestId } : null;
  }

  async receipt(providerMessageId: string, signal: AbortSignal): Promise<Receipt> {
    const [message] = messagesOf(await this.client.list({ requestId: providerMessageId }, signal));
    return sensReceipt(message ?? {});
  }

  /** Lists the last minutes' messages, so that the keys are tried without sending any. @throws DeliveryError */
  async tryAccess(signal: AbortSignal): Promise<void> {
    const now = this.clock.now();
    const requestStartTime = koreanTime(now - LOOKUP_MARGIN_MS);
    await this.client.list({ requestStartTime, requestEndTime: koreanTime(now), pageSize: '1' }, signal);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private form(text: string): { type: 'SMS' } | { type: 'LMS'; subject?: string } {
    const { bytes } = eucKrLength(text);
    if (bytes <= SMS_BYTES) return { type: 'SMS' };
    const { allowLms, lmsSubject } = this.settings;
    // SENS would cut the text off, perhaps in the middle of the code, and send it all the same.
    if (!allowLms || bytes > LMS_BYTES)
      throw new DeliveryError('permanent', `the text is too long for ${allowLms ? 'LMS' : 'SMS'}`, {
        failure: 'SENDER_REFUSED',
      });
    const subject = eucKrLength(lmsSubject);
    const fits = subject.bytes > 0 && subject.bytes <= LMS_SUBJECT_BYTES && subject.unencodable.length === 0;
    return { type: 'LMS', ...(fits ? { subject: lmsSubject } : {}) };
  }
}

function messagesOf(answer: unknown): ListedMessage[] {
  const { messages } = (answer ?? {}) as { messages?: unknown };
  return Array.isArray(messages) ? messages.filter((message): message is ListedMessage => !!message) : [];
}

/** Line ends and outer blanks may change on the way there and back. */
function plain(text: string): string {
  return text.replaceAll('\r\n', '\n').trim();
}

/** SENS wants the country's code apart and the number as it is dialled at home, digits only. */
function split(e164: string): { countryCode: string; national: string } {
  const number = parsePhoneNumberFromString(e164);
  if (!number) throw new DeliveryError('permanent', 'not an E.164 number', { failure: 'INVALID_RECIPIENT' });
  return { countryCode: number.countryCallingCode, national: number.formatNational().replace(/\D/g, '') };
}

/** `YYYY-MM-DD HH:mm:ss` in Korean time. */
function koreanTime(epochMs: number): string {
  return new Date(epochMs + KOREAN_TIME_MS).toISOString().slice(0, 19).replace('T', ' ');
}

/** Back from Korean time, with or without the `T`; what cannot be read is taken for young enough. */
function epochMs(koreanTime: string | undefined): number {
  const ms = Date.parse(`${koreanTime?.slice(0, 19).replace(' ', 'T')}+09:00`);
  return Number.isNaN(ms) ? Infinity : ms;
}
