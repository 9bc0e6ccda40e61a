import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The outbox of events for the operator's back end. Former versions neither write nor read it. */
export class CreateEvents1764700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE event (
    id text NOT NULL PRIMARY KEY,
    type text NOT NULL,
    verification_id text,
    delivery_id text,
    status text NOT NULL,
    failure text,
    attempts integer NOT NULL DEFAULT 0,
    due_at bigint NOT NULL,
    lease_owner text,
    created_at bigint NOT NULL,
    CONSTRAINT "event_of_verification" FOREIGN KEY ("verification_id") REFERENCES "verification" ("id")
      ON DELETE CASCADE
  )`);
    await runner.query(`CREATE INDEX event_due ON event (due_at)`);
    await runner.query(`CREATE INDEX event_verification ON event (verification_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE event`);
  }
}
