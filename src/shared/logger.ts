import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * JSON lines on standard output. What is logged is chosen field by field where it is logged; the redaction here is
 * the second fence, for objects that slip through whole.
 */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'code',
        'text',
        'html',
        'subject',
        'to',
        'email',
        'phoneNumber',
        'variables',
        'authorization',
      ].flatMap((name) => [name, `*.${name}`]),
      censor: '[redacted]',
    },
  });
}
