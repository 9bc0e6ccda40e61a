import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DatabaseUnavailable } from '../../database/database-errors';
import { UnstorableText } from '../../database/storable-text';
import { AppError, badInputs } from '../../shared/errors';
import { type Logger } from '../../observability/logger';
import { coercionFault } from './coercion-fault';

/** How long a client should wait when the database is not available, in seconds. */
const DATABASE_RETRY_SECONDS = 5;

/**
 * Decides which part of an error a client receives. An AppError is sent as it is. Errors of GraphQL are sent
 * without the values that they quote. All other errors are masked; the response plugin adds the request id.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const original = originalOf(error);
  const { locations, path } = formatted;
  if (original instanceof AppError) {
    const extensions = { code: original.code, ...original.extensions };
    return { message: original.message, locations, path, extensions };
  }
  if (original instanceof DatabaseUnavailable) {
    const extensions = { code: 'CHANNEL_UNAVAILABLE', retryAfterSeconds: DATABASE_RETRY_SECONDS };
    const message = `${original.message}; try again in ${DATABASE_RETRY_SECONDS} seconds`;
    return { message, locations, path, extensions };
  }
  if (original instanceof UnstorableText) {
    const message =
      'a text contains NUL or half of a surrogate pair, which cannot be stored: remove this character';
    return { message, locations, path, extensions: { code: 'BAD_USER_INPUT', fields: [] } };
  }
  const code = formatted.extensions?.code;
  const fault = coercionFault(error);
  if (fault !== null) {
    const { message, extensions } = badInputs([fault]);
    return { message, locations, path, extensions: { code: 'BAD_USER_INPUT', ...extensions } };
  }
  if (typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR') {
    return { message: formatted.message, locations, path, extensions: { code } };
  }
  return {
    message: 'internal error: give the `requestId` of this error to the operator of the service',
    locations,
    path,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
}

/**
 * Logs the errors that are masked: bugs, and a database that is not available. An AppError is expected and
 * not logged. Errors without a path occur before the execution and quote the input, which may contain a code.
 */
export function logUnexpected(error: GraphQLError, log: Logger): void {
  const original = originalOf(error);
  if (original instanceof DatabaseUnavailable) log.error({ err: original }, 'a GraphQL operation');
  else if (error.path && !(original instanceof AppError) && coercionFault(error) === null)
    log.error({ err: original }, 'unexpected error');
}

/** Returns the error that was thrown in a resolver or before the execution. */
function originalOf(error: unknown): unknown {
  return error instanceof GraphQLError ? (error.originalError ?? error) : error;
}
