import 'reflect-metadata';
import './channels/ses/quiet-aws-sdk';
import { CommanderError } from 'commander';
import { endProcess } from './cli/end-process';
import { Misuse } from './cli/misuse';
import { createProgram } from './cli/program';
import { EnvironmentFileFault } from './config/environment-file';
import { standardError } from './observability/log';

const FAILED = 1;
const MISUSED = 2;
/** How long the end of the process waits for its message to be written, in milliseconds. */
const REPORT_MS = 500;

/** The command line: parses the arguments, runs one command, and converts errors to an exit status. */
async function main(argv: string[]): Promise<void> {
  const program = createProgram();
  watchStandardStreams();
  try {
    await program.parseAsync(argv);
  } catch (error) {
    // commander has already printed its error, the help or the version.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : MISUSED;
    else await fail(error);
  }
}

/** When the reader of the output has ended, or a disk is full, a command must not end with a stack trace. */
function watchStandardStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    void fail(new Error(`standard output cannot be written (${error.code ?? error.message})`));
  });
  process.stderr.on('error', () => undefined);
}

/** Ends the process even if the event loop is busy, because a command that failed has nothing left to do. */
async function fail(error: unknown): Promise<never> {
  const errors = standardError();
  errors.write(`injeung: ${error instanceof Error ? error.message : String(error)}\n`);
  await errors.flush(REPORT_MS);
  const misused = error instanceof Misuse || error instanceof EnvironmentFileFault;
  return endProcess(misused ? MISUSED : FAILED);
}

void main(process.argv);
