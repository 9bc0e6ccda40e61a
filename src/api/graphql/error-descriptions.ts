import { type AppErrorCode } from '../../shared/errors';

// What each error means and what a client should do. An operation may describe an error more exactly.
export const BAD_USER_INPUT =
  'an argument is invalid. `fields` lists each invalid field with its `rule` and a message.';
export const RATE_LIMITED =
  'the limit named by `limit` is reached. Try again after `retryAfterSeconds` seconds.';
export const HUMAN_CHECK_REQUIRED =
  'the request has no valid token of a human check. Show the check to the user and send its token as `humanToken`.';
/** RECIPIENT_NOT_ALLOWED of requests by e-mail. */
export const EMAIL_NOT_ALLOWED =
  'this service does not send this code to this address. `reason` says why. PURPOSE: codes for this purpose are not sent by e-mail; offer SMS. SUPPRESSED: messages to this address are stopped; ask for another address, or offer SMS.';
/** RECIPIENT_NOT_ALLOWED of requests by SMS. */
export const SMS_NOT_ALLOWED =
  'this service does not send this code to this number. `reason` says why. COUNTRY: no SMS is sent to this country; ask for another number, or offer e-mail. PURPOSE: codes for this purpose are not sent by SMS; offer e-mail. SUPPRESSED: messages to this number are stopped; ask for another number, or offer e-mail.';
/** RECIPIENT_NOT_ALLOWED of resends. */
export const RESEND_NOT_ALLOWED =
  'messages to this recipient were stopped after the request; `reason` is SUPPRESSED. Ask for another recipient, or offer the other channel.';
export const CHANNEL_UNAVAILABLE =
  'the service cannot accept the request now. Try again after `retryAfterSeconds` seconds; without that value the channel is switched off.';
export const PROVIDER_ERROR =
  "SES refused the call or did not answer. `name` and `message` are SES's own error.";
export const UNAUTHENTICATED =
  'the server has application keys and the request has none of them. Send `Authorization: Bearer <key>`.';

/** The meaning of CHANNEL_UNAVAILABLE for operations that need the database only. */
export const DATABASE_UNAVAILABLE =
  'the database is not available. Try again after `retryAfterSeconds` seconds.';

/** The meaning of CHANNEL_UNAVAILABLE for operations that call SES. */
export const SES_BUSY = 'too many calls to SES are waiting. Try again after `retryAfterSeconds` seconds.';

/** The description of an operation, followed by a Markdown list of its errors. */
export function withErrors(summary: string, errors: Partial<Record<AppErrorCode, string>>): string {
  const lines = Object.entries(errors).map(([code, meaning]) => `- ${code}: ${meaning}`);
  return `${summary}\n\nErrors:\n${lines.join('\n')}`;
}
