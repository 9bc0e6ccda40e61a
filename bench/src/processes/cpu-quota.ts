import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A short period, so that a process that has used up its share waits for milliseconds only. */
const PERIOD_US = 10_000;
const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';

/** Limits single processes to a share of one core each, with the kernel's cgroups (version 1 or 2). */
export class CpuQuota {
  private groups: string[] = [];

  private constructor(
    private readonly root: string,
    private readonly version: 1 | 2,
    private readonly share: number,
  ) {}

  /** Null when cgroups do not exist or cannot be written. */
  static of(share: number): CpuQuota | null {
    const version = existsSync(join(V1, 'cpu.cfs_quota_us')) ? 1 : 2;
    const quota = new CpuQuota(version === 1 ? V1 : V2, version, share);
    try {
      quota.group('probe');
      quota.remove();
      return quota;
    } catch {
      quota.remove();
      return null;
    }
  }

  /** Limits the process from now on. */
  hold(pid: number): void {
    writeFileSync(join(this.group(String(pid)), 'cgroup.procs'), String(pid));
  }

  /** Call this when the processes have ended. */
  async release(): Promise<void> {
    for (let attempt = 0; attempt < 50 && this.groups.length > 0; attempt++) {
      this.remove();
      if (this.groups.length > 0) await pause(20);
    }
  }

  private group(name: string): string {
    const path = join(this.root, `injeung-bench-${process.pid}-${name}`);
    mkdirSync(path);
    this.groups.push(path);
    const quotaUs = Math.round(PERIOD_US * this.share);
    if (this.version === 1) {
      writeFileSync(join(path, 'cpu.cfs_period_us'), String(PERIOD_US));
      writeFileSync(join(path, 'cpu.cfs_quota_us'), String(quotaUs));
    } else {
      writeFileSync(join(path, 'cpu.max'), `${quotaUs} ${PERIOD_US}`);
    }
    return path;
  }

  private remove(): void {
    this.groups = this.groups.filter((path) => {
      try {
        rmdirSync(path);
        return false;
      } catch {
        return true; // A process is still in it.
      }
    });
  }
}
