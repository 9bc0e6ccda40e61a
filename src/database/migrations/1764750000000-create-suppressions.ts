import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Recipients that must not be sent to. Former versions do not read the table, so a suppressed recipient is refused only
 * by nodes of this version until all nodes are updated.
 */
export class CreateSuppressions1764750000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE suppression (
    key text NOT NULL PRIMARY KEY,
    channel text NOT NULL,
    recipient_sealed text,
    cause text NOT NULL,
    note text,
    verification_id text,
    created_at bigint NOT NULL
  )`);
    await runner.query(`CREATE INDEX suppression_created ON suppression (created_at, key)`);
    await runner.query(`ALTER TABLE event ADD COLUMN suppression_key text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE event DROP COLUMN suppression_key`);
    await runner.query(`DROP TABLE suppression`);
  }
}
