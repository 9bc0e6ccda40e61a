import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import {
  deriveSmtpPassword,
  SES_SMTP_PORTS,
  sesSmtpFaults,
  sesSmtpHost,
} from '../channels/ses/ses-smtp-credentials';
import { Misuse } from './misuse';

export function smtpPasswordCommand(): Command {
  return new Command('smtp-password')
    .description('derive the SES SMTP password from an AWS secret access key')
    .requiredOption('--region <region>', 'AWS region the password is for')
    .option('--json', 'print user name, host and ports too, as JSON')
    .addHelpText(
      'after',
      `
The access key is read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the secret alone from
standard input, as one line. A secret is never an argument, because other users can see arguments.`,
    )
    .action(async ({ region, json }: { region: string; json?: boolean }) => {
      const accessKeyId = process.env.AWS_ACCESS_KEY_ID?.trim() ?? '';
      const faults = sesSmtpFaults({ accessKeyId, region });
      const names = { accessKeyId: 'AWS_ACCESS_KEY_ID', region: '--region' };
      if (faults.length > 0)
        throw new Misuse(faults.map(({ field, message }) => `${names[field]} ${message}`).join('\n'));
      const password = deriveSmtpPassword(await readSecret(), region);
      const all = {
        username: accessKeyId || null,
        password,
        host: sesSmtpHost(region),
        ports: SES_SMTP_PORTS,
      };
      process.stdout.write(json ? `${JSON.stringify(all, null, 2)}\n` : `${password}\n`);
    });
}

async function readSecret(): Promise<string> {
  const fromEnvironment = process.env.AWS_SECRET_ACCESS_KEY?.trim();
  if (fromEnvironment) return fromEnvironment;
  if (process.stdin.isTTY)
    throw new Misuse(
      'the secret access key is missing: set AWS_SECRET_ACCESS_KEY, or send it as one line on standard input',
    );
  const lines = (await text(process.stdin)).trim().split(/\r?\n/);
  if (lines.length !== 1 || lines[0] === '')
    throw new Misuse('standard input must contain the secret access key as one line');
  return lines[0]!;
}
