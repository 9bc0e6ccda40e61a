import { type FieldRule } from './field-rule';

/** The codes that a client may find in `errors[].extensions.code`. docs/reference/errors.md explains each. */
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
 * A refusal that the caller may read. Its message and extensions are sent unchanged, so they must not contain
 * a secret, a code or a recipient. Every other error is a bug and is masked.
 */
export class AppError extends Error {
  /**
   * The recipient of the refused request, if it is known. It is for the server's own records and never sent.
   */
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

/** One refused field of an input. */
export interface FieldFault {
  /** The field as the client wrote it, such as `input.email`. */
  path: string;
  /** A constant with which a front end chooses its own message. */
  rule: FieldRule;
  /** The end of an English sentence about the field, such as `must be an e-mail address`. It never repeats the value. */
  message: string;
}

/** The error for an input with one field that breaks a rule. */
export function badInput(path: string, rule: FieldRule, message: string): AppError {
  return badInputs([{ path, rule, message }]);
}

/** The error for an input with several fields that break rules. */
export function badInputs(faults: readonly FieldFault[]): AppError {
  const fields = faults.map(({ path, message, rule }) => ({ path, message, rule }));
  const message = fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  return new AppError('BAD_USER_INPUT', message, { fields });
}

/** Adds the recipient of the request to a refusal. Any other error is returned unchanged. */
export function aboutRecipient(error: unknown, recipient: AppError['recipient']): unknown {
  if (error instanceof AppError) error.recipient ??= recipient;
  return error;
}

/**
 * The message of an error, or its code: when several connections fail together, Node's error has only a code.
 */
export function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: unknown };
  return message || String(code ?? error);
}
