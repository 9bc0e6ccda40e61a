import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { groupOutageLines, type IsOutage } from './outage-lines';
import { redacted } from './redaction';

export type { Logger } from 'pino';

/**
 * Logs JSON lines to `output`. Callers choose field by field what they log. The redaction here covers objects
 * that were logged as a whole by mistake.
 */
export function createLogger(level: string, isOutage: IsOutage, output: DestinationStream): Logger {
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

/** The `code` of an error names its cause (ECONNREFUSED, SQLSTATE), which operators need. */
function shownError(error: Error & { code?: unknown }): object {
  if (!(error instanceof Error)) return redacted({ value: error });
  return { ...redacted(pino.stdSerializers.err(error)), code: error.code };
}
