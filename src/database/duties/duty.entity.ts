import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Periodic work that one node at a time does; see `PeriodicWork`. */
@Entity('duty')
export class DutyEntity {
  @PrimaryColumn('text') name: string;
  /** The random id of the run that took the duty last. */
  @Column('text') holder: string;
  /** When any node may take the duty: when its next run is due, or when the lease of the current run expires. */
  @Column('bigint', { name: 'due_at' }) dueAt: number;
}
