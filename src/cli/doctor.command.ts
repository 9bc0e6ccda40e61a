import { Command } from 'commander';
import { type Finding, type FindingStatus } from '../doctor/check';

const FAILED = 1;
const WRONG_SETTINGS = 2;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check whether the server can go live: settings, database, providers, sending domain')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      `
Reads the settings from the environment and .env, as the server does. Sends no message, changes nothing,
and may run beside a running server. The exit status is 1 when a check FAILs and 2 when the settings
cannot be used. What is reported as WARN does not keep the server from working.`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      // Loaded only here, because they take a second to load and the other commands do not use them.
      const { SCHEMA } = await import('../app/schema.js');
      const { runDoctor } = await import('../doctor/run-doctor.js');
      const { settingsRead, findings } = await runDoctor(process.env, SCHEMA);
      const count = (status: FindingStatus) => findings.filter((finding) => finding.status === status).length;
      const failed = count('FAIL') > 0;
      if (json) process.stdout.write(`${JSON.stringify({ ok: !failed, findings }, null, 2)}\n`);
      else {
        const sum = `${count('OK')} OK, ${count('WARN')} WARN, ${count('FAIL')} FAIL`;
        process.stdout.write(`${lines(findings)}\n${sum}\n`);
      }
      if (failed) process.exitCode = settingsRead ? FAILED : WRONG_SETTINGS;
    });
}

/** Prints one line per finding in columns: status, name of the check, message, advice. */
function lines(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .map(({ check, status, message, advice }) => {
      const line = `${status.padEnd(4)}  ${check.padEnd(width)}  ${message}`;
      return advice === null ? line : `${line} -> ${advice}`;
    })
    .join('\n');
}
