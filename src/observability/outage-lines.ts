import { type LoggerOptions } from 'pino';

/** An error that recurs with every statement for as long as an outage lasts; `cause` says what went wrong. */
export type IsOutage = (error: unknown) => error is Error;

const EVERY_MS = 60_000;

/**
 * Makes the log report an outage once a minute instead of once a statement. Every part of the server logs what it could
 * not do, with the error as `err`; while the database is away that would be many stacks a second, all for one reason.
 * The line that is written carries the cause without a stack, and how many lines it replaces.
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
