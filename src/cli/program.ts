import { Command } from 'commander';
import { version } from '../../package.json';
import { loadEnvironmentFile } from '../config/environment-file';
import { auditExportCommand } from './audit-export.command';
import { dkimKeyCommand } from './dkim-key.command';
import { doctorCommand } from './doctor.command';
import { iamPolicyCommand } from './iam-policy.command';
import { serveCommand } from './serve.command';
import { whyCommand } from './why.command';
import { smtpPasswordCommand } from './smtp-password.command';

/** Every command of `npx injeung`. main.ts runs it, and the command reference prints its help. */
export function createProgram(): Command {
  const program = new Command('injeung')
    .description('Self-hosted verification codes by e-mail and SMS.')
    .addHelpText(
      'after',
      `
Settings come from the environment, and outside production from a file .env in the working directory.
Exit status: 0 success, 1 failure, 2 wrong arguments or settings.`,
    )
    .addCommand(serveCommand())
    .addCommand(doctorCommand())
    .addCommand(whyCommand())
    .addCommand(smtpPasswordCommand())
    .addCommand(iamPolicyCommand())
    .addCommand(dkimKeyCommand())
    .addCommand(auditExportCommand())
    .hook('preAction', () => loadEnvironmentFile(process.cwd(), process.env));
  for (const command of [program, ...program.commands])
    command
      .version(version, '-V, --version', 'print the version')
      .exitOverride()
      .showHelpAfterError('(see --help)');
  return program;
}
