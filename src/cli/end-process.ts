import { setTimeout as sleep } from 'node:timers/promises';

/** Calls that run on a thread of libuv's pool: files, and names that are being resolved. */
const POOL_CALLS = new Set(['FSReqCallback', 'FSReqPromise', 'GetAddrInfoReqWrap', 'GetNameInfoReqWrap']);
const CHECK_MS = 20;
const CHECKS = 25;

/**
 * Ends the process with `status`, also when a call of the operating system hangs.
 *
 * `process.exit` waits for libuv's threads, and a thread can hang for long: in a look-up whose name servers do not
 * answer, or in a file of a network that is away. Such a process is ended by a signal: SIGTERM, which supervisors take for
 * a normal end, or SIGKILL after a failure.
 */
export async function endProcess(status: number): Promise<never> {
  for (let check = 0; check < CHECKS && poolIsBusy(); check++) await sleep(CHECK_MS);
  if (poolIsBusy()) {
    process.removeAllListeners('SIGTERM');
    process.kill(process.pid, status === 0 ? 'SIGTERM' : 'SIGKILL');
  }
  // Also where the signal had no effect: the first process of a container ignores both.
  process.exit(status);
}

function poolIsBusy(): boolean {
  return process.getActiveResourcesInfo().some((resource) => POOL_CALLS.has(resource));
}
