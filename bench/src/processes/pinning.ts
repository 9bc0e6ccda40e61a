import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

export const SERVER_CORE = 0;
export const DRIVER_CORE = 1;

const possible = cpus().length > 1 && hasTaskset();

/** What to put before a command so that it stays on one core; nothing where that cannot be. */
export function pinned(core: number): string[] {
  return possible ? ['taskset', '-c', String(core)] : [];
}

/** What to put before a command that may run anywhere: it would inherit the driver's core. */
export function anywhere(): string[] {
  return possible ? ['taskset', '-c', `0-${cpus().length - 1}`] : [];
}

/** Keeps this process, with all its threads, on the driver's core. Returns whether it could. */
export function pinDriver(): boolean {
  if (possible)
    execFileSync('taskset', ['-acp', String(DRIVER_CORE), String(process.pid)], { stdio: 'ignore' });
  return possible;
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
