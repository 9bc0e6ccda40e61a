import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DatabaseUnavailable } from '../../database/database-errors';
import { UnstorableText } from '../../database/storable-text';
import { AppError, badInputs } from '../../shared/errors';
import { type Logger } from '../../observability/logger';
import { coercionFault } from './coercion-fault';

/** How long a client does well to wait when the database is away, in seconds. */
const DATABASE_RETRY_SECONDS = 5;

/**
 * What a client may see of an error: a refusal as it is, GraphQL's own complaints without the values they quote, and
 * of everything else nothing; the response plugin adds a request id to ask the operator about.
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
 * Logs what a client is not told: bugs, and a database that is away. Refusals are no news, and errors without a path
 * come from before execution: they quote what was submitted, which may be a code.
 */
export function logUnexpected(error: GraphQLError, log: Logger): void {
  const original = originalOf(error);
  if (original instanceof DatabaseUnavailable) log.error({ err: original }, 'a GraphQL operation');
  else if (error.path && !(original instanceof AppError) && coercionFault(error) === null)
    log.error({ err: original }, 'unexpected error');
}

/** What was thrown, in a resolver or before execution. */
function originalOf(error: unknown): unknown {
  return error instanceof GraphQLError ? (error.originalError ?? error) : error;
}
