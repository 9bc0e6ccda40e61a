import { setTimeout as sleep } from 'node:timers/promises';

/** Calls that run on a thread of libuv's pool: file access and name resolution. */
const POOL_CALLS = new Set(['FSReqCallback', 'FSReqPromise', 'GetAddrInfoReqWrap', 'GetNameInfoReqWrap']);
const CHECK_MS = 20;
const CHECKS = 25;

/**
 * Ends the process with `status`, even if a call of the operating system hangs.
 *
 * `process.exit` waits for libuv's threads, and a thread can hang for a long time: when name servers do not
 * answer, or when a network file system is not available. Such a process is ended by a signal: SIGTERM, which
 * supervisors regard as a normal end, or SIGKILL after a failure.
 */
export async function endProcess(status: number): Promise<never> {
  for (let check = 0; check < CHECKS && poolIsBusy(); check++) await sleep(CHECK_MS);
  if (poolIsBusy()) {
    process.removeAllListeners('SIGTERM');
    process.kill(process.pid, status === 0 ? 'SIGTERM' : 'SIGKILL');
  }
  // Needed because the first process of a container ignores both signals.
  process.exit(status);
}

function poolIsBusy(): boolean {
  return process.getActiveResourcesInfo().some((resource) => POOL_CALLS.has(resource));
}
