import { type AppErrorCode } from '../../shared/errors';

// What each error means and what a client should do. An operation may describe an error more exactly.
export const BAD_USER_INPUT =
  'an argument is invalid. `fields` lists each invalid field with its `rule` and a message.';
export const RATE_LIMITED =
  'the limit named by `limit` is reached. Try again after `retryAfterSeconds` seconds.';
export const HUMAN_CHECK_REQUIRED =
  'the request has no valid token of a human check. Show the check to the user and send its token as `humanToken`.';
export const RECIPIENT_NOT_ALLOWED =
  'this service does not send codes to this recipient; `reason` says why: COUNTRY, PURPOSE or SUPPRESSED. Ask the user for another one.';
export const CHANNEL_UNAVAILABLE =
  'the service cannot accept the request now. Try again after `retryAfterSeconds` seconds; without that value the channel is switched off.';
export const PROVIDER_ERROR =
  "SES refused the call or did not answer. `name` and `message` are SES's own error.";
export const UNAUTHENTICATED =
  'the server has application keys and the request has none of them. Send `Authorization: Bearer <key>`.';

/** The meaning of CHANNEL_UNAVAILABLE for operations that call SES. */
export const SES_BUSY = 'too many calls to SES are waiting. Try again after `retryAfterSeconds` seconds.';

/** The description of an operation, followed by a Markdown list of its errors. */
export function withErrors(summary: string, errors: Partial<Record<AppErrorCode, string>>): string {
  const lines = Object.entries(errors).map(([code, meaning]) => `- ${code}: ${meaning}`);
  return `${summary}\n\nErrors:\n${lines.join('\n')}`;
}
