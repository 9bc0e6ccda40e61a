import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

export const SERVER_CORE = 0;
export const DRIVER_CORE = 1;

const possible = cpus().length > 1 && hasTaskset();

/** The prefix of a command that makes it stay on one core; empty when this is not possible. */
export function pinned(core: number): string[] {
  return possible ? ['taskset', '-c', String(core)] : [];
}

/**
 * The prefix of a command that may run on any core. Without it the command would inherit the core of the
 * driver.
 */
export function anywhere(): string[] {
  return possible ? ['taskset', '-c', `0-${cpus().length - 1}`] : [];
}

/** Keeps this process, with all its threads, on the core of the driver. Returns whether it succeeded. */
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
