import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { POSTGRES_URL, queryOnce } from '../contenders/databases';
import { SqliteConnection } from '../../../src/database/sqlite/sqlite-driver';
import { BENCH, ROOT } from '../paths';

/** The machine, on which the figures depend. It contains neither a host name nor a path. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  kernel: string;
  node: string;
  postgres: string;
  sqlite: string;
  injeung: string;
  betterAuth: string;
  fastify: string;
  pinning: string;
}

export async function describeMachine(pinned: boolean): Promise<Machine> {
  const [postgres] = await queryOnce(POSTGRES_URL, 'SHOW server_version');
  const [fsync] = await queryOnce(POSTGRES_URL, 'SHOW fsync');
  const [commit] = await queryOnce(POSTGRES_URL, 'SHOW synchronous_commit');
  const sqlite = new SqliteConnection(':memory:').prepare('SELECT sqlite_version() AS version').get();
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release().split('-')[0]!,
    node: process.versions.node,
    postgres: `${String(postgres!.server_version).split(' ')[0]}, fsync ${String(fsync!.fsync)}, synchronous_commit ${String(commit!.synchronous_commit)}`,
    sqlite: (sqlite as { version: string }).version,
    injeung: `${versionOf(join(ROOT, 'package.json'))} at ${commitOf()}`,
    betterAuth: versionOf(join(BENCH, 'node_modules/better-auth/package.json')),
    fastify: versionOf(join(ROOT, 'node_modules/fastify/package.json')),
    pinning: pinned
      ? 'servers on core 0, the driver with the stand-in provider on core 1, PostgreSQL wherever the kernel puts it'
      : 'none: this machine has no second core or no taskset',
  };
}

const versionOf = (path: string) => (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;

function commitOf(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
    return (
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', '--', 'src') === '' ? '' : ' and changes')
    );
  } catch {
    return 'no commit';
  }
}
