import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Keeps every send of a delivery, and what decides which provider sends next. Former versions work with the new
 * columns, so nodes can be updated one after the other. A send that a former version makes is not kept.
 */
export class CreateSends1764550000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE delivery ADD COLUMN starts_after text`);
    await runner.query(`ALTER TABLE delivery ADD COLUMN settlings integer NOT NULL DEFAULT 0`);
    await runner.query(`CREATE TABLE send (
    delivery_id text NOT NULL,
    number integer NOT NULL,
    provider text NOT NULL,
    result text NOT NULL,
    failure text,
    detail text,
    provider_message_id text,
    ended_at bigint NOT NULL,
    receipt_due_at bigint,
    receipt_checks integer NOT NULL DEFAULT 0,
    PRIMARY KEY (delivery_id, number),
    CONSTRAINT "send_of_delivery" FOREIGN KEY ("delivery_id") REFERENCES "delivery" ("id") ON DELETE CASCADE
  )`);
    await runner.query(
      `CREATE INDEX send_receipt_due ON send (receipt_due_at) WHERE receipt_due_at IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE send`);
    await runner.query(`ALTER TABLE delivery DROP COLUMN settlings`);
    await runner.query(`ALTER TABLE delivery DROP COLUMN starts_after`);
  }
}
