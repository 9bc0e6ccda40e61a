import { type LoggerOptions } from 'pino';

/** An error that recurs with every statement during an outage. `cause` is the reason. */
export type IsOutage = (error: unknown) => error is Error;

const EVERY_MS = 60_000;

/**
 * Makes the log report an outage once a minute instead of once per statement. Every part of the server logs
 * what it could not do, with the error as `err`. While the database is not available, that would be many
 * stack traces a second, all for one reason. The line that is written contains the cause without a stack
 * trace, and the number of lines that it replaces.
 */
export function groupOutageLines(
  isOutage: IsOutage,
  monotonicMs: () => number = () => performance.now(),
): NonNullable<LoggerOptions['hooks']> {
  let nextLineAt = -Infinity;
  let replaced = 0;
  return {
    logMethod(args, method) {
      const [fields, message] = args as [unknown, string | undefined];
      const error = (fields as { err?: unknown } | null)?.err;
      if (!isOutage(error)) return method.apply(this, args);
      replaced++;
      if (monotonicMs() < nextLineAt) return;
      nextLineAt = monotonicMs() + EVERY_MS;
      const { code, message: cause } = (error.cause ?? error) as Error & { code?: string };
      const line = { error: code, cause, during: message, lines: replaced };
      replaced = 0;
      method.call(
        this,
        line,
        `${error.message}; further lines about it are suppressed for at least one minute`,
      );
    },
  };
}
