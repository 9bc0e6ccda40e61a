import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { sqlitePath } from '../database/database-url';

/**
 * The master secret of a development machine: made at the first start and kept beside the database, readable by its
 * owner only. Production asks for INJEUNG_SECRET instead, since a secret beside the database protects nothing.
 */
export function developmentSecret(databaseUrl: string): string {
  const known = readDevelopmentSecret(databaseUrl);
  if (known !== null) return known;
  const path = secretPath(databaseUrl);
  const secret = randomBytes(32).toString('base64url');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  return secret;
}

/** The secret that was made at an earlier start, or null. */
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
