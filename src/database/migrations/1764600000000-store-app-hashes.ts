import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * A verification stores the app hash that ends its SMS, so that a resend and the next provider send the same text.
 *
 * Former versions ignore the column, so nodes can be updated one after the other. A message that a former version sends
 * has no app hash: the user types the code.
 */
export class StoreAppHashes1764600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE verification ADD COLUMN app_hash text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE verification DROP COLUMN app_hash`);
  }
}
