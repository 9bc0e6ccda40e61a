import { AppError } from '../shared/errors';

/** The refusal of a recipient that must not be sent to. */
export function suppressed(): AppError {
  return new AppError(
    'RECIPIENT_NOT_ALLOWED',
    'messages to this recipient are stopped; use another recipient',
    { reason: 'SUPPRESSED' },
  );
}
