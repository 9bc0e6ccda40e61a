import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Creates DKIM keys, the audit log, and the duties that one node at a time does. */
const UP = [
  `CREATE TABLE dkim_key (
    id text NOT NULL PRIMARY KEY,
    domain text NOT NULL,
    selector text NOT NULL,
    bits integer NOT NULL,
    public_key text NOT NULL,
    private_key_sealed text NOT NULL,
    state text NOT NULL,
    created_at bigint NOT NULL,
    published_at bigint,
    pending_at bigint,
    handed_at bigint,
    active_at bigint,
    failed_at bigint,
    retired_at bigint,
    removal_safe_at bigint,
    failure text,
    drift text,
    drift_since bigint,
    watched_at bigint,
    watch_due_at bigint
  )`,
  `CREATE UNIQUE INDEX dkim_key_name ON dkim_key (domain, selector)`,
  `CREATE INDEX dkim_key_watch_due ON dkim_key (watch_due_at) WHERE watch_due_at IS NOT NULL`,
  `CREATE TABLE audit_entry (
    id text NOT NULL PRIMARY KEY,
    at bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    target text,
    outcome text NOT NULL,
    detail text
  )`,
  `CREATE INDEX audit_entry_at ON audit_entry (at, id)`,
  `CREATE TABLE duty (
    name text NOT NULL PRIMARY KEY,
    holder text NOT NULL,
    due_at bigint NOT NULL
  )`,
];

const TABLES = ['duty', 'audit_entry', 'dkim_key'];

export class CreateSendingDomains1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`DROP TABLE ${table}`);
  }
}
