import { type Read, rowsIfThere } from '../database/migration-state';
import { type KeyPurpose } from './keyring.entity';
import { wrapContext } from './keyring.repository';
import { MasterSecrets } from './master-secret';

/** `EMPTY`: the first start creates the keys. `OLD_SECRET`: an older secret opens them; the next start wraps them again. */
export type KeyringState = 'EMPTY' | 'OPENS' | 'OLD_SECRET' | 'WRONG_SECRET';

/** Checks whether the secrets open the keyring. Unlike `Keyring.open`, it creates and wraps no key. */
export async function keyringState(read: Read, secrets: readonly string[]): Promise<KeyringState> {
  const rows = await rowsIfThere<{ purpose: KeyPurpose; number: number; salt: string; wrapped: string }>(
    read,
    `SELECT purpose, number, salt, wrapped FROM keyring`,
  );
  if (rows.length === 0) return 'EMPTY';
  const master = new MasterSecrets(secrets);
  const opened = rows.map((row) => master.unwrap(row, wrapContext(row.purpose, row.number)));
  if (opened.some((key) => key === null)) return 'WRONG_SECRET';
  return opened.every((key) => key!.byFirst) ? 'OPENS' : 'OLD_SECRET';
}
