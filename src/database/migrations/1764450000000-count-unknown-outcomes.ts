import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * A delivery counts the sends whose outcome remained unknown, so that few messages are sent to a server that
 * never answers.
 */
export class CountUnknownOutcomes1764450000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE delivery ADD COLUMN unknown_outcomes integer NOT NULL DEFAULT 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE delivery DROP COLUMN unknown_outcomes`);
  }
}
