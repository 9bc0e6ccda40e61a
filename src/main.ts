import 'reflect-metadata';
import { Command, CommanderError } from 'commander';
import { dkimKeyCommand } from './cli/dkim-key.command';
import { doctorCommand } from './cli/doctor.command';
import { iamPolicyCommand } from './cli/iam-policy.command';
import { serveCommand } from './cli/serve.command';
import { smtpPasswordCommand } from './cli/smtp-password.command';
import { Misuse } from './cli/misuse';

const FAILED = 1;
const MISUSED = 2;

/** The command line: reads it, runs one command, and turns what went wrong into an exit status. */
async function main(argv: string[]): Promise<void> {
  const program = new Command('injeung')
    .description('Self-hosted verification codes by e-mail and SMS.')
    .addHelpText(
      'after',
      '\nExit status: 0 it worked, 1 it failed, 2 it was misused (arguments or settings).',
    )
    .addCommand(serveCommand())
    .addCommand(doctorCommand())
    .addCommand(smtpPasswordCommand())
    .addCommand(iamPolicyCommand())
    .addCommand(dkimKeyCommand());
  for (const command of [program, ...program.commands])
    command.exitOverride().showHelpAfterError('(--help tells more)');
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  // commander has printed its own complaint, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED;
  process.stderr.write(`injeung: ${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof Misuse ? MISUSED : FAILED;
}

void main(process.argv);
