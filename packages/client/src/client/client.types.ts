import { type RequestEmailCodeInput, type RequestSmsCodeInput } from './generated.js';
import {
  type CancelRefusal,
  type Refusal,
  type RequestRefusal,
  type ResendRefusal,
  type VerifyRefusal,
} from './refusal.types.js';
import { type HeadersOption } from './transport.js';
import { type Verification } from './verification.types.js';
import { type ReasonTexts } from '../texts/texts.types.js';

export interface ClientOptions {
  /** The URL of `/graphql`, or of your own route in front of it. Relative URLs are allowed in a browser. */
  endpoint: string | URL;
  /** Replaces the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Headers of every call, such as the application key in a back end, or a function that returns them. */
  headers?: HeadersOption;
  /** The language of the messages and of `describe`, as a BCP 47 tag. Without it the server's default applies. */
  locale?: string;
  /** Texts that replace those of `describe`. */
  texts?: Partial<ReasonTexts>;
  /** How long a call may take with all its repetitions, in milliseconds; 20,000 by default. */
  deadlineMs?: number;
}

export interface CallOptions {
  /** Ends the call, which then throws the signal's reason. The server may still execute it. */
  signal?: AbortSignal;
  /** Replaces the client's `deadlineMs` for this call. */
  deadlineMs?: number;
}

export type EmailRequest = RequestEmailCodeInput;
export type SmsRequest = RequestSmsCodeInput;

export interface ResendRequest {
  verificationId: string;
  /** The token of the human check, after HUMAN_CHECK_REQUIRED. */
  humanToken?: string;
  /** The address of the end user. Only callers with an application key may send it. */
  clientIp?: string;
}

export interface CodeCheck {
  verificationId: string;
  /** The code as the user typed it. */
  code: string;
  /** Identifies the check, so that a later call with the same key gets the same proof. Made by the client if omitted. */
  idempotencyKey?: string;
}

export interface Accepted {
  ok: true;
  verification: Verification;
}

export interface Verified extends Accepted {
  /** The signed JWT for your back end. */
  proof: string;
}

export type RequestResult = Accepted | RequestRefusal;
export type ResendResult = Accepted | ResendRefusal;
export type VerifyResult = Verified | VerifyRefusal;
export type CancelResult = Accepted | CancelRefusal;
/** `NOT_FOUND` when there is no verification with the id. */
export type ReadResult = CancelResult;

/**
 * Calls the operations of a verification. What a user can cause is a value; `InjeungError` is thrown for what only the
 * developer or the operator can correct, and the signal's reason when a call is aborted.
 */
export interface Operations {
  /**
   * Requests a code by e-mail. The call is repeated after a lost answer under one `idempotencyKey`, so one message is
   * sent. Pass your own key to repeat the request later.
   */
  requestEmailCode(input: EmailRequest, options?: CallOptions): Promise<RequestResult>;

  /** Requests a code by SMS, like `requestEmailCode`. */
  requestSmsCode(input: SmsRequest, options?: CallOptions): Promise<RequestResult>;

  /**
   * Sends the same code again. A resend has no idempotency key, so after a lost answer the client asks the server
   * whether the message was sent, and repeats the call only while the cooldown prevents a second message.
   */
  resendCode(request: ResendRequest, options?: CallOptions): Promise<ResendResult>;

  /** Checks a code. A lost answer does not lose the proof, and a wrong code is counted at most once for each answer. */
  verifyCode(check: CodeCheck, options?: CallOptions): Promise<VerifyResult>;

  /** Ends a verification that the user has abandoned. One that has ended is returned unchanged. */
  cancel(verificationId: string, options?: CallOptions): Promise<CancelResult>;

  /** Reads a verification, for example after a page was loaded again. */
  verification(verificationId: string, options?: CallOptions): Promise<ReadResult>;

  /**
   * Yields the verification at once, and again whenever it or its latest message has changed. It asks the server less
   * and less often, at most every second, and not while the page is hidden. It ends when the message is DELIVERED or
   * FAILED, when the verification has ended, or when the signal is aborted.
   */
  watchDelivery(verificationId: string, options?: { signal?: AbortSignal }): AsyncIterable<Verification>;
}

/** The operations, with the texts of their refusals. */
export interface Client extends Operations {
  /** The text of a refusal for the user, in the language of the client. */
  describe(refusal: Refusal): string;
}
