// The public interface of the package. Everything else is internal.
export { createClient } from './client/create-client.js';
export type {
  Accepted,
  CallOptions,
  CancelResult,
  Client,
  ClientOptions,
  CodeCheck,
  EmailRequest,
  ReadResult,
  RequestResult,
  ResendRequest,
  ResendResult,
  SmsRequest,
  Verified,
  VerifyResult,
} from './client/client.types.js';
export { InjeungError } from './client/injeung-error.js';
export type * from './client/refusal.types.js';
export type * from './client/verification.types.js';
export type { HeadersOption } from './client/transport.js';
export type { FormTexts, ReasonTexts } from './texts/texts.types.js';
export { describeRefusal, describeWait } from './texts/describe-refusal.js';
export { chooseReasonTexts } from './texts/choose-texts.js';
