import { type Logger, type LoggerOptions, pino } from 'pino';

export type { Logger } from 'pino';

/** Lines that wait to be written together, in bytes, and how long they wait at most, in milliseconds. */
const BUFFER_BYTES = 4_096;
const FLUSH_MS = 100;

/**
 * JSON lines on standard output. What is logged is chosen field by field where it is logged; the redaction here is
 * the second fence, for objects that slip through whole. Lines are written some at a time, since to write each by itself
 * costs a twentieth of a verification; they are written out when the process ends, other than by SIGKILL.
 */
export function createLogger(level: string): Logger {
  const output = pino.destination({
    dest: 1,
    sync: false,
    minLength: BUFFER_BYTES,
    periodicFlush: FLUSH_MS,
  });
  const options: LoggerOptions = {
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
        'humanToken',
      ].flatMap((name) => [name, `*.${name}`]),
      censor: '[redacted]',
    },
  };
  return pino(options, output);
}
