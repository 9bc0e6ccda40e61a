import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU time in ticks of 10 ms on every Linux on which Node runs. */
const TICK_MS = 10;

/** User and system time of a process so far, in milliseconds (proc(5), `stat`, fields 14 and 15). */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the name in brackets, which may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Resident memory in MB of 10^6 bytes. */
export function memoryMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024) / 1e6;
}

/** CPU time of each PostgreSQL process on this machine so far, in milliseconds by process id. */
export function postgresCpuMs(): Map<string, number> {
  const times = new Map<string, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (readFileSync(`/proc/${entry}/comm`, 'latin1').trim() !== 'postgres') continue;
      times.set(entry, cpuMs(Number(entry)));
    } catch {
      // The process ended meanwhile.
    }
  }
  return times;
}

/** CPU time that the present processes have used since `before`; null when there are none. */
export function postgresCpuSince(before: Map<string, number>): number | null {
  const now = postgresCpuMs();
  if (now.size === 0) return null;
  let total = 0;
  for (const [pid, time] of now) total += time - (before.get(pid) ?? 0);
  return total;
}
