import { type Clock } from '../../shared/clock';
import { chooseSmsType, type SmsTypeSettings } from '../sms/choose-sms-type';
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
import { splitNumber } from '../sms/split-number';
import { checkSolapi } from './solapi-check';
import { SolapiClient } from './solapi-client';
import { registrationError, solapiReceipt } from './solapi-results';
import { type SolapiSettings } from './solapi-settings';

export type SolapiProviderSettings = SolapiSettings & SmsTypeSettings;

/** A look-up searches this much earlier and later, because the clocks may differ as much as SOLAPI allows. */
const LOOKUP_MARGIN_MS = 15 * 60_000;

/** SOLAPI (https://solapi.com), messages API version 4. */
export class SolapiProvider implements Provider {
  readonly name = 'solapi';
  readonly channel = 'SMS';
  readonly clockOrigin: string;
  private readonly client: SolapiClient;

  constructor(
    private readonly settings: SolapiProviderSettings,
    private readonly clock: Clock,
  ) {
    this.clockOrigin = new URL(settings.endpoint).origin;
    this.client = new SolapiClient(settings, clock);
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<AcceptedSend> {
    const body = { messages: [this.format(message)], allowDuplicates: false, showMessageList: true };
    const answer = fieldsOf(await this.client.post('messages/v4/send-many/detail', body, signal));
    const [failed] = objectsOf(answer.failedMessageList);
    const refused = failed && registrationError(failed.statusCode);
    if (refused) throw refused;
    const [accepted] = objectsOf(answer.messageList);
    if (accepted?.statusCode !== undefined) {
      const error = registrationError(accepted.statusCode);
      if (error) throw error;
    }
    const providerMessageId = textOf(accepted?.messageId);
    if (!providerMessageId)
      throw new DeliveryError('unknown', 'SOLAPI answered without accepting the message');
    return { providerMessageId };
  }

  /**
   * Searches the messages that were sent to the number since the send began for one with the id of the delivery. Messages
   * that are recorded are skipped, and so is a message that failed for a temporary reason and must be sent again. The
   * newest match counts.
   */
  async lookup(
    { to, deliveryId }: OutgoingMessage,
    { since, known }: LookupScope,
    signal: AbortSignal,
  ): Promise<AcceptedSend | null> {
    const query = {
      to: splitNumber(to).national,
      dateType: 'CREATED',
      startDate: new Date(since - LOOKUP_MARGIN_MS).toISOString(),
      endDate: new Date(this.clock.now() + LOOKUP_MARGIN_MS).toISOString(),
      limit: '100',
    };
    const [newest] = messagesOf(await this.client.get('messages/v4/list', query, signal))
      .filter(({ id, fields }) => !known.has(id) && fieldsOf(fields.customFields).deliveryId === deliveryId)
      .filter(({ fields }) => !mustBeSentAgain(solapiReceipt(fields)))
      .sort((one, other) => textOf(other.fields.dateCreated).localeCompare(textOf(one.fields.dateCreated)));
    return newest ? { providerMessageId: newest.id } : null;
  }

  async receipt(providerMessageId: string, signal: AbortSignal): Promise<Receipt> {
    const answer = await this.client.get('messages/v4/list', { messageId: providerMessageId }, signal);
    const message = messagesOf(answer).find(({ id }) => id === providerMessageId);
    return solapiReceipt(message?.fields ?? {});
  }

  check(signal: AbortSignal): Promise<ProviderFinding[]> {
    return checkSolapi(this.client, this.settings, signal);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private format({ to, text, locale, deliveryId }: OutgoingMessage): object {
    const { countryCode, national } = splitNumber(to);
    const type = chooseSmsType(text, this.settings);
    // Some of SOLAPI's pages require a subject for LMS.
    const fallback = /^ko\b/i.test(locale) ? '인증번호' : 'Verification code';
    return {
      to: national,
      from: this.settings.from,
      text,
      type: type.type,
      ...(type.type === 'LMS' ? { subject: type.subject ?? fallback } : {}),
      country: countryCode,
      autoTypeDetect: false,
      customFields: { deliveryId },
    };
  }
}

export const createSolapi: CreateProvider = ({ solapi, allowLms, brandName }, { clock }) =>
  new SolapiProvider({ ...solapi, allowLms, lmsSubject: brandName }, clock);

/** Reads `{messageList: {<id>: message}}`, and an array of messages. */
function messagesOf(answer: unknown): { id: string; fields: Record<string, unknown> }[] {
  const { messageList } = fieldsOf(answer);
  return Object.entries(fieldsOf(messageList)).flatMap(([key, value]) => {
    const fields = fieldsOf(value);
    const id = textOf(fields.messageId) || textOf(fields._id) || (Array.isArray(messageList) ? '' : key);
    return id ? [{ id, fields }] : [];
  });
}

function mustBeSentAgain(receipt: Receipt): boolean {
  return receipt.state === 'failed' && receipt.retryable;
}
