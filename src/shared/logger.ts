import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { groupOutageLines, type IsOutage } from './outage-lines';
import { redacted } from './redaction';

export type { Logger } from 'pino';

/** Lines that wait to be written together, in bytes, and how long they wait at most, in milliseconds. */
const BUFFER_BYTES = 4_096;
const FLUSH_MS = 100;

/**
 * JSON lines on standard output. What is logged is chosen field by field where it is logged; the redaction here is
 * the second fence, for objects that slip through whole. Lines are written some at a time, since to write each by itself
 * costs a twentieth of a verification; they are written out when the process ends, other than by SIGKILL.
 */
export function createLogger(
  level: string,
  isOutage: IsOutage,
  output: DestinationStream = standardOutput(),
): Logger {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { log: redacted },
    serializers: { err: shownError },
    hooks: groupOutageLines(isOutage),
  };
  return pino(options, output);
}

function standardOutput(): DestinationStream {
  return pino.destination({ dest: 1, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MS });
}

/** An error's `code` is the name of what went wrong (ECONNREFUSED, SQLSTATE), which operators need. */
function shownError(error: Error & { code?: unknown }): object {
  if (!(error instanceof Error)) return redacted({ value: error });
  return { ...redacted(pino.stdSerializers.err(error)), code: error.code };
}
