import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An action of an operator or of the server itself. Never contains a secret, a code or a recipient. */
@Entity('audit_entry')
@Index('audit_entry_at', ['at', 'id'])
export class AuditEntryEntity {
  @PrimaryColumn('text') id: string;
  @Column('bigint') at: number;
  /** Name of the admin key, or its fingerprint if it has no name; `server` for the server itself. */
  @Column('text') actor: string;
  /** The GraphQL field, or the action of the server: `dkimKey.active`. */
  @Column('text') action: string;
  /** The target of the action: a domain, or the id of a key. */
  @Column('text', { nullable: true }) target: string | null;
  /** `OK`, or the code of the error. */
  @Column('text') outcome: string;
  @Column('text', { nullable: true }) detail: string | null;
}
