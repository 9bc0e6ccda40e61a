import {
  type DeliveryFailure,
  type DeliveryStatus,
  type CodeRefusalReason,
} from '../client/verification.types.js';
import { type LimitName } from '../client/refusal.types.js';

/**
 * The texts of refusals. `{wait}` is replaced by a time such as "43 seconds", and `{attempts}` by the number of attempts
 * left.
 */
export type ReasonTexts = Record<
  | 'INVALID_EMAIL'
  | 'UNSUPPORTED_EMAIL'
  | 'INVALID_PHONE_NUMBER'
  | 'NOT_MOBILE'
  | 'INVALID_CODE'
  | 'RATE_LIMITED'
  | LimitName
  | 'HUMAN_CHECK_REQUIRED'
  | 'RECIPIENT_NOT_ALLOWED'
  | 'COUNTRY'
  | 'SUPPRESSED'
  | 'PURPOSE'
  | 'CHANNEL_UNAVAILABLE'
  | 'ENDED'
  | CodeRefusalReason
  /** A wrong code that used up the last attempt. */
  | 'LAST_WRONG_CODE'
  | 'NETWORK_ERROR'
  | 'INTERNAL_SERVER_ERROR',
  string
>;

/** The texts of the element's form. `{recipient}` is the masked recipient, `{time}` a time such as "4:59". */
export type FormTexts = Record<
  | 'email'
  | 'phoneNumber'
  | 'send'
  | 'code'
  | 'codeHint'
  | 'sentTo'
  | 'verify'
  | 'resend'
  | 'resendIn'
  | 'resent'
  | 'newCode'
  | 'changeEmail'
  | 'changePhoneNumber'
  | 'useEmail'
  | 'useSms'
  | 'validFor'
  | 'verified'
  | 'required'
  | 'offline'
  | 'busy'
  | `delivery.${DeliveryStatus}`
  | `failure.${DeliveryFailure}`,
  string
>;

/** All texts of a language. */
export interface Texts {
  reasons: ReasonTexts;
  form: FormTexts;
}
