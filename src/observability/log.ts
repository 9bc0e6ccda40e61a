import { isColorSupported, prettyFactory } from 'pino-pretty';
import { createLogger, type Logger } from './logger';
import { type IsOutage } from './outage-lines';
import { LineOutput } from './line-output';
import { openStandardStream } from './standard-stream';

export interface LogSettings {
  level: string;
  format: 'json' | 'pretty';
  /** Which errors are an outage, of which one line a minute is enough. */
  isOutage: IsOutage;
}

/**
 * The log of a server process, on standard output. Writing to it never blocks or fails, whatever becomes of the stream.
 * When lines begin to be lost, one line on standard error says so.
 */
export class ProcessLog {
  readonly logger: Logger;
  private readonly output: LineOutput;

  constructor({ level, format, isOutage }: LogSettings) {
    const errors = standardError();
    this.output = new LineOutput(openStandardStream(1), {
      losing: (cause) =>
        errors.write(
          `injeung: log lines are being lost (standard output: ${cause}); the metric injeung_log_lines_lost_total counts them\n`,
        ),
      resumed: (lines) => this.logger.warn({ lines }, 'log lines were lost before this one'),
    });
    const { output } = this;
    const pretty = format === 'pretty' ? prettyFactory({ colorize: isColorSupported }) : null;
    this.logger = createLogger(level, isOutage, {
      write: pretty ? (line: string) => output.write(pretty(line)) : (line: string) => output.write(line),
    });
    process.once('exit', () => this.output.flushNow());
  }

  /** Lines that could not be written since the start. */
  get linesLost(): number {
    return this.output.linesLost;
  }

  /** Writes text for people as it is, in order with the log's lines. */
  print(text: string): void {
    this.output.write(`${text}\n`);
  }

  /** Waits until everything is written, `limitMs` at most. */
  flush(limitMs: number): Promise<void> {
    return this.output.flush(limitMs);
  }
}

/** Standard error as an output that can neither block nor fail. Each line is written at once. */
export function standardError(): LineOutput {
  return new LineOutput(openStandardStream(2), null, { batchSize: 1 });
}
