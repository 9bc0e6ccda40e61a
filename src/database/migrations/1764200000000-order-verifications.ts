import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The delivery log is ordered by time and, within a millisecond, by id. With an index on the time alone,
 * SQLite may read and sort the whole table for one page.
 */
export class OrderVerifications1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX verification_created`);
    await runner.query(`CREATE INDEX verification_created ON verification (created_at, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX verification_created`);
    await runner.query(`CREATE INDEX verification_created ON verification (created_at)`);
  }
}
