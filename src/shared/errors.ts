import { type FieldRule } from './field-rule';

/** The codes a client may find in `errors[].extensions.code`; docs/reference/errors.md explains each. */
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
  /** Whose request was refused, where it is known: for the server's own records, never for the caller. */
  recipient: { key: string; channel: 'EMAIL' | 'SMS' } | null = null;

  constructor(
    readonly code: AppErrorCode,
    message: string,
    readonly extensions: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = 'AppError';
  }
}

/** One field of an input that was refused. */
export interface FieldFault {
  /** The field as the client wrote it, such as `input.email`. */
  path: string;
  /** A constant by which a front end chooses its own message. */
  rule: FieldRule;
  /** The end of an English sentence about the field, such as `must be an e-mail address`. It never repeats the value. */
  message: string;
}

/** An input of which one field breaks a rule. */
export function badInput(path: string, rule: FieldRule, message: string): AppError {
  return badInputs([{ path, rule, message }]);
}

/** An input of which several fields break rules. */
export function badInputs(faults: readonly FieldFault[]): AppError {
  const fields = faults.map(({ path, message, rule }) => ({ path, message, rule }));
  const message = fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  return new AppError('BAD_USER_INPUT', message, { fields });
}

/** Notes in a refusal whose request it was; any other error is left as it is. */
export function aboutRecipient(error: unknown, recipient: AppError['recipient']): unknown {
  if (error instanceof AppError) error.recipient ??= recipient;
  return error;
}

/** An error in words. Several connections tried at once fail without a message, but with a code. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: unknown };
  return message || String(code ?? error);
}
