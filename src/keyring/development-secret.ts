import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { sqlitePath } from '../database/database-url';
import { reasonOf } from '../shared/errors';

/**
 * Reads the master secret of a development machine, or creates it at the first start. It is stored beside the database
 * and readable by its owner only. Production requires INJEUNG_SECRET, because a secret beside the database protects
 * nothing.
 */
export function developmentSecret(databaseUrl: string): string {
  const known = readDevelopmentSecret(databaseUrl);
  if (known !== null) return known;
  const path = secretPath(databaseUrl);
  const secret = randomBytes(32).toString('base64url');
  mkdirSync(dirname(path), { recursive: true });
  write(path, secret);
  return secret;
}

/** A full disk can leave an empty file, which the next start would read as an empty secret. So the file is removed then. */
function write(path: string, secret: string): void {
  try {
    writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(path, { force: true });
    throw new Error(
      `INJEUNG_SECRET: a development secret cannot be written to ${path} (${reasonOf(error)}); make the directory writable, or set INJEUNG_SECRET`,
      {
        cause: error,
      },
    );
  }
}

/** The secret of an earlier start, or null. */
export function readDevelopmentSecret(databaseUrl: string): string | null {
  try {
    return readFileSync(secretPath(databaseUrl), 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}

function secretPath(databaseUrl: string): string {
  return databaseUrl.startsWith('sqlite:') ? `${sqlitePath(databaseUrl)}.secret` : 'data/injeung.secret';
}
