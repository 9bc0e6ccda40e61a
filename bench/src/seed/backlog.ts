import { SCHEMA } from '../../../src/app/schema';
import { openDatabase } from '../../../src/database/open-database';
import { Keyring } from '../../../src/keyring/keyring';
import { MasterSecrets } from '../../../src/keyring/master-secret';
import { SECRET } from '../contenders/injeung';
import { RecipientVault } from '../../../src/recipients/recipient-vault';
import { newDeliveryId, newVerificationId } from '../../../src/verification/code/verification-id';

const LIFE_MS = 1_800_000;
const CODE_LENGTH = 6;
/** Number of rows of one statement. */
const BATCH = 1_000;

/**
 * Stores messages in the queue as if other nodes had accepted them and ended: due now and without a lease.
 * Their recipients must be encrypted as the service does it, so its keyring is created and used.
 */
export async function queueBacklog(url: string, count: number, email: (n: number) => string): Promise<void> {
  const database = await openDatabase(url, SCHEMA);
  try {
    const keyring = await Keyring.open(database, new MasterSecrets([SECRET]));
    const vault = new RecipientVault(keyring);
    const keyNumber = keyring.currentCodeKey().number;
    for (let from = 0; from < count; from += BATCH) {
      const verifications: string[] = [];
      const deliveries: string[] = [];
      for (let n = from; n < Math.min(from + BATCH, count); n++) {
        const id = newVerificationId(Date.now(), { keyNumber, codeLength: CODE_LENGTH });
        const recipient = { channel: 'EMAIL' as const, canonical: email(n) };
        const [sealed, key] = [vault.seal(id, recipient), vault.key(recipient)];
        verifications.push(
          `('${id}', 'EMAIL', 'backlog', 'ko', '${sealed}', '${key}', 'PENDING', 5, now_ms(), now_ms() + ${LIFE_MS})`,
        );
        deliveries.push(
          `('${newDeliveryId(Date.now())}', '${id}', 'EMAIL', 'QUEUED', 0, 0, '', now_ms(), 0, now_ms(), now_ms() + ${LIFE_MS}, now_ms())`,
        );
      }
      await database.dataSource.query(
        inPlace(
          `INSERT INTO verification (id, channel, purpose, locale, recipient_sealed, recipient_key, status,
             attempts_remaining, created_at, expires_at) VALUES ${verifications.join(',')}`,
        ),
      );
      await database.dataSource.query(
        inPlace(
          `INSERT INTO delivery (id, verification_id, channel, status, attempts, rounds, ruled_out, due_at, receipt_checks,
             created_at, expires_at, updated_at) VALUES ${deliveries.join(',')}`,
        ),
      );
    }
    for (const table of ['verification', 'delivery']) await database.dataSource.query(`ANALYZE ${table}`);
  } finally {
    await database.close();
  }
}

/** All these statements differ, so they bypass the statements that the service caches. */
const inPlace = (sql: string) => sql.replaceAll('now_ms()', String(Date.now()));
