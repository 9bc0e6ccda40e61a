import { type CampaignResult } from './campaign';
import { type FaultKind } from './journal';

const SHOWN_BREACHES = 20;

/** Whether each rule of the ledger was kept, and whether there was enough load to show it. */
export function ledgerChecks({ settings, journal, ledger }: CampaignResult): boolean[] {
  const expectedUsers = settings.loadSeconds * settings.usersPerSecond;
  const loaded = Math.min(journal.users.length, journal.messages.length) > expectedUsers / 2;
  const rules = ledger.entries.filter(({ breaches }) => breaches !== null);
  return [loaded, ...rules.map(({ breaches }) => breaches!.length === 0)];
}

/** The ledger as a table, with the rows of every breach below it. */
export function ledgerTable({ settings, nodes, journal, ledger }: CampaignResult): string {
  const seconds = Math.round((journal.loadEndedAt - journal.startedAt) / 1000);
  const drained = ((journal.drainedAt - journal.loadEndedAt) / 1000).toFixed(1);
  const place = settings.database === 'postgres' ? `PostgreSQL, ${nodes} nodes` : 'SQLite, one node';
  const lines = [
    `${place}: ${settings.usersPerSecond} users a second for ${seconds} s, drained in ${drained} s, seed ${settings.seed}`,
    `faults: ${faultCounts(journal.faults)}`,
    '',
  ];
  const width = Math.max(...ledger.entries.map(({ title }) => title.length));
  for (const { title, count, breaches } of ledger.entries) {
    const mark = breaches === null ? '' : breaches.length === 0 ? '  ok' : '  BREACH';
    lines.push(`  ${title.padEnd(width)}  ${String(count).padStart(8)}${mark}`);
  }
  for (const { title, breaches } of ledger.entries) {
    if (!breaches || breaches.length === 0) continue;
    lines.push('', `BREACH ${title.trim()}:`, ...breaches.slice(0, SHOWN_BREACHES).map((row) => `  ${row}`));
    if (breaches.length > SHOWN_BREACHES) lines.push(`  and ${breaches.length - SHOWN_BREACHES} more`);
  }
  return lines.join('\n');
}

function faultCounts(faults: readonly { kind: FaultKind }[]): string {
  const counts = new Map<FaultKind, number>();
  for (const { kind } of faults) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
}
