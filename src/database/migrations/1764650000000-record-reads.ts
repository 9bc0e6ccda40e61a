import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The audit log also records operators' reads of recipients' data: from where, whose data (as a keyed hash), and how often
 * within a minute. Entries can be searched by actor, action and recipient.
 *
 * Former versions do not know the columns, and their entries get the defaults. So nodes can be updated one after the
 * other. A former version does not record reads.
 */
const UP = [
  `ALTER TABLE audit_entry ADD COLUMN address text`,
  `ALTER TABLE audit_entry ADD COLUMN recipient_key text`,
  `ALTER TABLE audit_entry ADD COLUMN count integer NOT NULL DEFAULT 1`,
  `ALTER TABLE audit_entry ADD COLUMN last_at bigint`,
  `CREATE INDEX audit_entry_actor ON audit_entry (actor, at, id)`,
  `CREATE INDEX audit_entry_action ON audit_entry (action, at, id)`,
  `CREATE INDEX audit_entry_recipient ON audit_entry (recipient_key, at, id) WHERE recipient_key IS NOT NULL`,
];

const INDEXES = ['audit_entry_actor', 'audit_entry_action', 'audit_entry_recipient'];
const COLUMNS = ['address', 'recipient_key', 'count', 'last_at'];

export class RecordReads1764650000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const index of INDEXES) await runner.query(`DROP INDEX ${index}`);
    for (const column of COLUMNS) await runner.query(`ALTER TABLE audit_entry DROP COLUMN ${column}`);
  }
}
