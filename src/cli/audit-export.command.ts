import { once } from 'node:events';
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { type AuditEntry } from '../audit/audit-entry.repository';
import { type AuditLog, CLI } from '../audit/audit-log';
import { Misuse } from './misuse';
import { readingSettings } from './reading-settings';
import { readTimeOption } from './time-option';

interface Options {
  from?: string;
  to?: string;
}

/** The time of the exported entries, in epoch milliseconds. Null: from the first entry, or until now. */
interface Range {
  fromMs: number | null;
  untilMs: number | null;
}

export function auditExportCommand(): Command {
  return new Command('audit-export')
    .description('print the audit log as JSON lines, oldest entry first')
    .option('--from <time>', 'first day, or time of the first entry (default: the oldest entry)')
    .option('--to <time>', 'last day, or time at which the export ends (default: now)')
    .addHelpText(
      'after',
      `
A time is a date (a whole day in UTC) or an ISO 8601 time with a zone: 2026-01-31T09:00:00+09:00. An
entry at the time of --to is not printed. Reads the settings as the server does, may run beside a running
server, and is recorded in the audit log itself.`,
    )
    .action(async (options: Options) => {
      const range = readRange(options);
      // Loaded only here, because it takes a second to load and most commands do not use it.
      const { withDatabase } = await import('../app/command-context.js');
      await readingSettings(() => withDatabase(process.env, ({ audit }) => printEntries(audit, range)));
    });
}

function readRange({ from, to }: Options): Range {
  const fromMs = from === undefined ? null : readTimeOption('--from', from).startMs;
  const untilMs = to === undefined ? null : readTimeOption('--to', to).endMs;
  if (fromMs !== null && untilMs !== null && untilMs <= fromMs) throw new Misuse('--to must be after --from');
  return { fromMs, untilMs };
}

/** The export is recorded before anything is printed, so that no entry leaves the server without a record. */
async function printEntries(audit: AuditLog, { fromMs, untilMs }: Range): Promise<void> {
  const now = await audit.nowMs();
  const range = { fromMs, untilMs: Math.min(untilMs ?? now, now) };
  const detail = `${fromMs === null ? 'all' : isoTime(fromMs)} to ${isoTime(range.untilMs)}, by ${userName()}`;
  await audit.record({ actor: CLI, action: 'audit-export', target: null, detail });
  for await (const entries of audit.pages(range)) await print(entries.map(toLine).join(''));
}

function toLine({ at, lastAt, ...entry }: AuditEntry): string {
  const { id, count, actor, address, action, target, recipientKey, outcome, detail } = entry;
  const line = { id, at: isoTime(at), lastAt: isoTime(lastAt), count, actor, address, action };
  return `${JSON.stringify({ ...line, target, recipientKey, outcome, detail })}\n`;
}

/** Waits until the reader of the output has read enough, so that the output does not fill the memory. */
async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** The user of the operating system who runs the command. A container may have no name for it. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
