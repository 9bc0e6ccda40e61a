import { spawnSync } from 'node:child_process';

/** Whether `python3` is on this machine. */
export const HAS_PYTHON = spawnSync('python3', ['--version']).status === 0;
