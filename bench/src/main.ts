import { mkdirSync } from 'node:fs';
import { StandIn } from './load/stand-in';
import { type Options, readOptions } from './options';
import { PROFILES } from './paths';
import { pinDriver } from './processes/pinning';
import { describeMachine } from './report/machine';
import { type SectionResult, writeResults } from './report/results';
import { SECTIONS } from './sections/sections';

async function main(): Promise<void> {
  const names = SECTIONS.map(({ name }) => name);
  const options = readOptions(process.argv.slice(2), names);
  const machine = await describeMachine(pinDriver());
  const profileDir = options.profile ? PROFILES : undefined;
  if (profileDir) mkdirSync(profileDir, { recursive: true });
  const standIn = await StandIn.start();
  const results: SectionResult[] = [];
  for (const section of chosen(options)) {
    const startedAt = performance.now();
    say(`== ${section.name}`);
    standIn.latencyMs = 0;
    const report = await section.run({ standIn, lengths: options.lengths, profileDir, say });
    const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
    results.push({ name: section.name, madeAt: new Date().toISOString(), command, machine, report });
    say(`   took ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }
  standIn.close();
  process.stdout.write(`\n${writeResults(results, names, options.quick || options.profile)}\n`);
}

function chosen({ only, soak }: Options) {
  if (only) return SECTIONS.filter(({ name }) => only.includes(name));
  return SECTIONS.filter(({ name, optional }) => !optional || (name === 'soak' && soak));
}

function say(progress: string): void {
  process.stderr.write(`${progress}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `no result: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);
