import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Plain SQL that both SQLite and PostgreSQL accept. Times are epoch milliseconds. Foreign keys are quoted as
 * TypeORM writes them, because on SQLite it finds their names by parsing the text line by line.
 */
const UP = [
  `CREATE TABLE keyring (
    purpose text NOT NULL,
    number integer NOT NULL,
    salt text NOT NULL,
    wrapped text NOT NULL,
    created_at bigint NOT NULL,
    retired_at bigint,
    PRIMARY KEY (purpose, number)
  )`,
  `CREATE TABLE verification (
    id text NOT NULL PRIMARY KEY,
    channel text NOT NULL,
    purpose text NOT NULL,
    locale text NOT NULL,
    recipient_sealed text NOT NULL,
    recipient_key text NOT NULL,
    status text NOT NULL,
    attempts_remaining integer NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    settled_at bigint,
    nonce text,
    request_key text,
    request_fingerprint text,
    verify_key text,
    proof_consumed_at bigint
  )`,
  `CREATE INDEX verification_recipient ON verification (recipient_key)`,
  `CREATE INDEX verification_created ON verification (created_at)`,
  `CREATE UNIQUE INDEX verification_request_key ON verification (request_key) WHERE request_key IS NOT NULL`,
  `CREATE TABLE delivery (
    id text NOT NULL PRIMARY KEY,
    verification_id text NOT NULL,
    channel text NOT NULL,
    status text NOT NULL,
    failure text,
    provider text,
    provider_message_id text,
    attempts integer NOT NULL,
    rounds integer NOT NULL,
    ruled_out text NOT NULL,
    uncertain_since bigint,
    due_at bigint,
    lease_owner text,
    receipt_due_at bigint,
    receipt_checks integer NOT NULL,
    last_error text,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    sent_at bigint,
    updated_at bigint NOT NULL,
    CONSTRAINT "delivery_of_verification" FOREIGN KEY ("verification_id") REFERENCES "verification" ("id")
      ON DELETE CASCADE
  )`,
  `CREATE INDEX delivery_verification ON delivery (verification_id)`,
  `CREATE INDEX delivery_due ON delivery (due_at) WHERE due_at IS NOT NULL`,
  `CREATE INDEX delivery_receipt_due ON delivery (receipt_due_at) WHERE receipt_due_at IS NOT NULL`,
  `CREATE TABLE budget (
    key text NOT NULL PRIMARY KEY,
    sent text NOT NULL,
    guesses text NOT NULL,
    window_start bigint NOT NULL,
    this_window integer NOT NULL,
    last_window integer NOT NULL,
    updated_at bigint NOT NULL
  )`,
  `CREATE TABLE inbox_message (
    id text NOT NULL PRIMARY KEY,
    verification_id text NOT NULL,
    recipient_key text NOT NULL,
    sent_at bigint NOT NULL,
    CONSTRAINT "inbox_message_of_verification" FOREIGN KEY ("verification_id") REFERENCES "verification" ("id")
      ON DELETE CASCADE
  )`,
  `CREATE INDEX inbox_message_recipient ON inbox_message (recipient_key, sent_at)`,
  `CREATE INDEX inbox_message_sent ON inbox_message (sent_at)`,
  `CREATE INDEX inbox_message_verification ON inbox_message (verification_id)`,
];

const TABLES = ['inbox_message', 'budget', 'delivery', 'verification', 'keyring'];

export class CreateVerifications1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`DROP TABLE ${table}`);
  }
}
