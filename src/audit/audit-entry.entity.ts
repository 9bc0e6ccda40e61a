import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What an operator, or the server on its own, did. Never holds a secret, a code or a recipient. */
@Entity('audit_entry')
@Index('audit_entry_at', ['at', 'id'])
export class AuditEntryEntity {
  @PrimaryColumn('text') id: string;
  @Column('bigint') at: number;
  /** Name of the admin key, or its fingerprint where it has none; `server` for the server itself. */
  @Column('text') actor: string;
  /** The GraphQL field, or what the server did: `dkimKey.active`. */
  @Column('text') action: string;
  /** What it was done to: a domain, a key's id. */
  @Column('text', { nullable: true }) target: string | null;
  /** `OK`, or the error's code. */
  @Column('text') outcome: string;
  @Column('text', { nullable: true }) detail: string | null;
}
