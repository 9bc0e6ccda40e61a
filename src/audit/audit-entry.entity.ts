import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * What an operator or the server itself did, or which data an operator read. Never contains a secret, a code or a
 * readable recipient.
 */
@Entity('audit_entry')
@Index('audit_entry_at', ['at', 'id'])
@Index('audit_entry_actor', ['actor', 'at', 'id'])
@Index('audit_entry_action', ['action', 'at', 'id'])
@Index('audit_entry_recipient', ['recipient_key', 'at', 'id'], { where: 'recipient_key IS NOT NULL' })
export class AuditEntryEntity {
  /** Random; for reads the minute and a hash, so that reads of one minute share an entry. */
  @PrimaryColumn('text') id: string;
  @Column('bigint') at: number;
  /** Name of the admin key, or its fingerprint if it has no name; `server` or `cli`. */
  @Column('text') actor: string;
  /** The GraphQL field, the command, or the action of the server: `dkimKey.active`. */
  @Column('text') action: string;
  /** The target of the action: a domain, or the id of a key. */
  @Column('text', { nullable: true }) target: string | null;
  /** `OK`, or the code of the error. */
  @Column('text') outcome: string;
  @Column('text', { nullable: true }) detail: string | null;
  /** The address of the caller. Null for the server, for commands, and in entries of earlier versions. */
  @Column('text', { nullable: true }) address: string | null;
  /** Blind index of the recipient whose data the action concerns. It remains when the recipient is erased. */
  @Column('text', { nullable: true }) recipient_key: string | null;
  /** How often it was done: more than 1 only for reads. */
  @Column('integer', { default: 1 }) count: number;
  /** Time of the last read; null for an entry that is not a read. */
  @Column('bigint', { nullable: true }) last_at: number | null;
}
