/** The codes a client may find in `errors[].extensions.code`; the README's error table explains each. */
export type AppErrorCode =
  | 'BAD_USER_INPUT'
  | 'RATE_LIMITED'
  | 'HUMAN_CHECK_REQUIRED'
  | 'RECIPIENT_NOT_ALLOWED'
  | 'CHANNEL_UNAVAILABLE'
  | 'UNAUTHENTICATED'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'PROVIDER_ERROR';

/**
 * A refusal that the caller may read: its message and extensions leave the server as they are, so neither may
 * hold a secret, a code or a recipient. Whatever is not an AppError is a bug and is masked.
 */
export class AppError extends Error {
  constructor(
    readonly code: AppErrorCode,
    message: string,
    readonly extensions: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = 'AppError';
  }
}

/** Input that breaks a rule; `path` names the field as the client wrote it, such as `input.email`. */
export function badInput(path: string, message: string): AppError {
  return new AppError('BAD_USER_INPUT', `${path}: ${message}`, { fields: [{ path, message }] });
}
