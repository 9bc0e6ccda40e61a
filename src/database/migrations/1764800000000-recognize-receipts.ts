import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * A send stores the id of the report that its message did not arrive, so that a report that is repeated is not taken for
 * a failure of a later send.
 *
 * Former versions ignore the column, so nodes can be updated one after the other. They do not recognize repeated reports.
 */
export class RecognizeReceipts1764800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE send ADD COLUMN receipt_id text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE send DROP COLUMN receipt_id`);
  }
}
