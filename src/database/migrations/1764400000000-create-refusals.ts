import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Refused requests, counted by hour, so that support can explain why a user received no code. The primary key
 * begins with the recipient, because support and erasure search by recipient. Retention searches by hour.
 */
export class CreateRefusals1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE refusal (
      recipient_key text NOT NULL,
      hour bigint NOT NULL,
      channel text NOT NULL,
      reason text NOT NULL,
      count integer NOT NULL,
      last_at bigint NOT NULL,
      PRIMARY KEY (recipient_key, hour, channel, reason)
    )`);
    await runner.query(`CREATE INDEX refusal_hour ON refusal (hour)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE refusal`);
  }
}
