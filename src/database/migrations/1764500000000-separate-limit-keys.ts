import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Limits count a recipient under one key for all spellings of a mailbox, but erasure must find exactly one
 * spelling. If the two keys are equal, and in rows of former versions, `limit_key` is null and
 * `recipient_key` serves both.
 *
 * Former versions work with the new column, so nodes can be updated one after the other. After `down`, a
 * former version does not find the verifications of `user+tag` that were stored meanwhile when `user` is
 * erased.
 */
export class SeparateLimitKeys1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE verification ADD COLUMN limit_key text`);
    await runner.query(
      `CREATE INDEX verification_limit_key ON verification (limit_key) WHERE limit_key IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX verification_limit_key`);
    await runner.query(`ALTER TABLE verification DROP COLUMN limit_key`);
  }
}
