import { Command } from 'commander';
import { CLI } from '../audit/audit-log';
import { type Diagnosis } from '../operations/diagnosis/diagnose';
import { type Subject } from '../operations/diagnosis/read-story';
import { maskRecipient, parseKnownRecipient } from '../recipients/recipient';
import { AppError } from '../shared/errors';
import { Misuse } from './misuse';
import { readingSettings } from './reading-settings';

interface Options {
  all?: boolean;
  json?: boolean;
}

/** Entries of the time line that fit on one screen with the lines around them. */
const SHOWN = 18;
/** The form of a verification id. No address and no phone number has it. */
const VERIFICATION_ID = /^[\w-]{24}$/;

export function whyCommand(): Command {
  return new Command('why')
    .description('answer why a user did not get a code: the likely cause, the next step, and what happened')
    .argument(
      '<recipient or verification id>',
      'an e-mail address, a phone number, or the id of a verification',
    )
    .option(
      '--all',
      'not only the last 24 hours and one screen, but what is stored of the newest 200 verifications',
    )
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      `
Reads the database of the settings directly, and may run beside a running server. Recipients are shown
masked. The audit log records the question under the name "cli".`,
    )
    .action(async (text: string, { all = false, json = false }: Options) => {
      const { withDatabase } = await import('../app/command-context.js');
      const { diagnose } = await import('../operations/diagnosis/diagnose.js');
      const diagnosis = await readingSettings(() =>
        withDatabase(process.env, async (context) => {
          const subject = readSubject(text, context.config.verification.smsCountries);
          const found = await diagnose(context, subject, !all);
          const target = 'verificationId' in subject && found.recipient ? subject.verificationId : null;
          await context.reads.record({ actor: CLI }, 'why', found.recipient, target);
          return found;
        }),
      );
      process.stdout.write(
        json ? `${JSON.stringify(toJson(diagnosis), null, 2)}\n` : toScreen(diagnosis, all),
      );
    });
}

/** @throws Misuse for a recipient that cannot be read. */
function readSubject(text: string, smsCountries: readonly string[]): Subject {
  if (VERIFICATION_ID.test(text.trim())) return { verificationId: text.trim() };
  try {
    return { recipient: parseKnownRecipient(text, smsCountries, 'the recipient') };
  } catch (error) {
    if (error instanceof AppError) throw new Misuse(`${error.message}; or give the id of a verification`);
    throw error;
  }
}

function toJson({ recipient, timeline, ...rest }: Diagnosis) {
  return {
    ...rest,
    recipient: recipient && maskRecipient(recipient),
    timeline: timeline.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })),
  };
}

/** The cause comes first, because it is what the reader needs. */
function toScreen(
  { cause, explanation, nextStep, recipient, timeline, truncated }: Diagnosis,
  all: boolean,
): string {
  const shown = all ? timeline : timeline.slice(-SHOWN);
  const leftOut = truncated || shown.length < timeline.length;
  const lines = [`${cause}: ${explanation}`, `Next step: ${nextStep}`];
  if (recipient !== null) lines.push('', `What happened to ${maskRecipient(recipient)}, in UTC:`);
  if (leftOut) lines.push(all ? '  (earlier entries are left out)' : '  (earlier entries: --all)');
  lines.push(...shown.map(({ at, kind, text }) => `  ${timeOf(at)}  ${kind.padEnd(11)}  ${text}`));
  return `${lines.join('\n')}\n`;
}

/** `2026-01-15 03:00:00` */
function timeOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
