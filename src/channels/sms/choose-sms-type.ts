import { eucKrLength } from './euc-kr';
import { DeliveryError } from '../provider.types';

/** The limits of Korean carriers, in EUC-KR bytes. */
const SMS_BYTES = 90;
const LMS_BYTES = 2_000;
const LMS_SUBJECT_BYTES = 40;

export interface SmsTypeSettings {
  /** Whether a text of more than 90 bytes may be sent as LMS. */
  allowLms: boolean;
  /** The subject of an LMS, at most 40 bytes. It is omitted when it is longer or has unencodable characters. */
  lmsSubject: string;
}

/**
 * Chooses SMS or LMS by the length of a text. A gateway would shorten a text that is too long, perhaps in the middle of
 * the code, and send it.
 *
 * @throws DeliveryError `permanent` when the text is too long.
 */
export function chooseSmsType(
  text: string,
  { allowLms, lmsSubject }: SmsTypeSettings,
): { type: 'SMS' } | { type: 'LMS'; subject?: string } {
  const { bytes } = eucKrLength(text);
  if (bytes <= SMS_BYTES) return { type: 'SMS' };
  if (!allowLms || bytes > LMS_BYTES)
    throw new DeliveryError('permanent', `the text is too long for ${allowLms ? 'LMS' : 'SMS'}`, {
      failure: 'SENDER_REFUSED',
    });
  const subject = eucKrLength(lmsSubject);
  const fits = subject.bytes > 0 && subject.bytes <= LMS_SUBJECT_BYTES && subject.unencodable.length === 0;
  return { type: 'LMS', ...(fits ? { subject: lmsSubject } : {}) };
}
