import 'reflect-metadata';
import './shared/quiet-aws-sdk';
import { Command, CommanderError } from 'commander';
import { version } from '../package.json';
import { dkimKeyCommand } from './cli/dkim-key.command';
import { doctorCommand } from './cli/doctor.command';
import { iamPolicyCommand } from './cli/iam-policy.command';
import { serveCommand } from './cli/serve.command';
import { smtpPasswordCommand } from './cli/smtp-password.command';
import { Misuse } from './cli/misuse';
import { EnvironmentFileFault, loadEnvironmentFile } from './config/environment-file';

const FAILED = 1;
const MISUSED = 2;

/** The command line: reads it, runs one command, and turns what went wrong into an exit status. */
async function main(argv: string[]): Promise<void> {
  const program = new Command('injeung')
    .description('Self-hosted verification codes by e-mail and SMS.')
    .addHelpText(
      'after',
      `
Settings come from the environment, and outside production from a file .env in the working directory.
Exit status: 0 it worked, 1 it failed, 2 it was misused (arguments or settings).`,
    )
    .addCommand(serveCommand())
    .addCommand(doctorCommand())
    .addCommand(smtpPasswordCommand())
    .addCommand(iamPolicyCommand())
    .addCommand(dkimKeyCommand())
    .hook('preAction', () => loadEnvironmentFile(process.cwd(), process.env));
  for (const command of [program, ...program.commands])
    command
      .version(version, '-V, --version', 'print the version')
      .exitOverride()
      .showHelpAfterError('(--help tells more)');
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  // commander has already printed its complaint, the help or the version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED;
  process.stderr.write(`injeung: ${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof Misuse || error instanceof EnvironmentFileFault ? MISUSED : FAILED;
}

void main(process.argv);
