import { isColorSupported, prettyFactory } from 'pino-pretty';
import { createLogger, type Logger } from './logger';
import { type IsOutage } from './outage-lines';
import { LineOutput } from './line-output';
import { openStandardStream } from './standard-stream';

export interface LogSettings {
  level: string;
  format: 'json' | 'pretty';
  /** Whether an error belongs to an outage, which is logged once a minute. */
  isOutage: IsOutage;
}

/**
 * The log of a server process, on standard output. Writing to it never blocks or fails, whatever happens to
 * the stream. When lines begin to be lost, one line on standard error reports it.
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

  /** Number of lines that could not be written since the start. */
  get linesLost(): number {
    return this.output.linesLost;
  }

  /** Writes plain text, in order with the lines of the log. */
  print(text: string): void {
    this.output.write(`${text}\n`);
  }

  /** Waits until everything is written, at most `limitMs`. */
  flush(limitMs: number): Promise<void> {
    return this.output.flush(limitMs);
  }
}

/** Opens standard error as an output that can neither block nor fail. Each line is written immediately. */
export function standardError(): LineOutput {
  return new LineOutput(openStandardStream(2), null, { batchSize: 1 });
}
