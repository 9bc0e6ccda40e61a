import { type CodeRefusalReason, type Verification } from './verification.types.js';

/** What a refusal may have. Every refusal has `reason`; the other properties depend on it. */
interface Refused {
  ok: false;
  /** Seconds until the same call can succeed, if the server knows. */
  retryAfterSeconds?: number;
  /** The input that the user has to correct. */
  field?: UserField;
}

/** The inputs that users type. */
export type UserField = 'email' | 'phoneNumber' | 'code';

/** The rules that the inputs of users can break. Later servers may add rules. */
export type InputRule =
  | 'REQUIRED'
  | 'TOO_SHORT'
  | 'TOO_LONG'
  | 'INVALID_FORMAT'
  | 'INVALID_CHARACTERS'
  | 'INVALID_EMAIL'
  | 'UNSUPPORTED_EMAIL'
  | 'INVALID_PHONE_NUMBER'
  | 'NOT_MOBILE'
  | 'INVALID_CODE';

/** What a limit counts. Later servers may add limits. */
export type LimitName =
  | 'RESEND_COOLDOWN'
  | 'RECIPIENT_HOURLY'
  | 'RECIPIENT_DAILY'
  | 'RECIPIENT_DAILY_GUESSES'
  | 'IP_HOURLY'
  | 'SMS_PREFIX'
  | 'SMS_DAILY'
  | 'EMAIL_DAILY';

/** The user has to correct what they typed. */
export interface InputRefusal extends Refused {
  reason: 'BAD_USER_INPUT';
  field: UserField;
  rule: InputRule;
}

/** A limit is reached. */
export interface LimitRefusal extends Refused {
  reason: 'RATE_LIMITED';
  limit: LimitName;
  retryAfterSeconds: number;
}

/** The request requires the token of a human check as `humanToken`. With `retryAfterSeconds`, waiting works too. */
export interface HumanCheckRefusal extends Refused {
  reason: 'HUMAN_CHECK_REQUIRED';
}

/** No codes are sent to this recipient: to its country, because it is suppressed, or on this channel for this purpose. */
export interface RecipientRefusal extends Refused {
  reason: 'RECIPIENT_NOT_ALLOWED';
  cause: 'COUNTRY' | 'SUPPRESSED' | 'PURPOSE' | null;
}

/** The channel is switched off, or with `retryAfterSeconds` the service cannot work now. */
export interface ChannelRefusal extends Refused {
  reason: 'CHANNEL_UNAVAILABLE';
}

/** The verification has ended, so its code cannot be sent again. Request a new code. */
export interface EndedRefusal extends Refused {
  reason: 'ENDED';
}

/** There is no verification with this id. Request a new code. */
export interface UnknownRefusal extends Refused {
  reason: 'NOT_FOUND';
}

/** The code was checked and refused. */
export interface CodeRefusal extends Refused {
  reason: CodeRefusalReason;
  /** At 0, a new code must be requested. */
  attemptsRemaining: number;
  /** Null when there is no verification with this id. */
  verification: Verification | null;
}

/** No answer arrived before the deadline. The server may have executed the call or not. */
export interface NoAnswer extends Refused {
  reason: 'NETWORK_ERROR';
}

/** A bug of the server. */
export interface ServerFault extends Refused {
  reason: 'INTERNAL_SERVER_ERROR';
  /** For the operator, who finds the cause under this id in the log. */
  requestId: string | null;
}

/** Refusals that every call can have. */
type AnyCall = ChannelRefusal | NoAnswer | ServerFault;

export type RequestRefusal = InputRefusal | LimitRefusal | HumanCheckRefusal | RecipientRefusal | AnyCall;
export type ResendRefusal =
  LimitRefusal | HumanCheckRefusal | RecipientRefusal | EndedRefusal | UnknownRefusal | AnyCall;
export type VerifyRefusal = InputRefusal | CodeRefusal | LimitRefusal | AnyCall;
export type CancelRefusal = UnknownRefusal | AnyCall;
export type Refusal = RequestRefusal | ResendRefusal | VerifyRefusal | CancelRefusal;
