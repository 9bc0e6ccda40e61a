import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Periodic work that one node at a time does; see periodic-work.ts. */
@Entity('duty')
export class DutyEntity {
  @PrimaryColumn('text') name: string;
  /** The run that has it now, or had it last. */
  @Column('text') holder: string;
  /** When any node may take it: its next run, or the end of the time that the holder was given for this one. */
  @Column('bigint', { name: 'due_at' }) dueAt: number;
}
