import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHUNK = Buffer.alloc(4096);

/** A disk of a few MiB that one test can fill: a tmpfs, which only root can mount. */
export class SmallDisk {
  private constructor(readonly directory: string) {}

  static mount(mebibytes: number): SmallDisk {
    const directory = mkdtempSync(join(tmpdir(), 'injeung-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory], {
      stdio: 'ignore',
    });
    return new SmallDisk(directory);
  }

  fill(): void {
    for (;;) {
      try {
        appendFileSync(join(this.directory, 'filler'), CHUNK);
      } catch {
        return;
      }
    }
  }

  freeSpace(): void {
    rmSync(join(this.directory, 'filler'));
  }

  unmount(): void {
    // The lazy option is needed because a server of a failed test may still have files open.
    execFileSync('umount', ['--lazy', this.directory]);
    rmSync(this.directory, { recursive: true });
  }
}

export const HAS_SMALL_DISK = canMount();

function canMount(): boolean {
  try {
    SmallDisk.mount(1).unmount();
    return true;
  } catch {
    return false;
  }
}
