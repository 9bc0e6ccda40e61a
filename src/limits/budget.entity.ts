import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * What one recipient, one address or the whole service has used up. A recipient's row keeps exact times (`sent`,
 * `guesses`); a shared limit's row has two counters. See recipient-limits.ts and shared-limit-counter.ts.
 */
@Entity('budget')
export class BudgetEntity {
  /** Blind index of what the budget belongs to. */
  @PrimaryColumn('text') key: string;
  /** Times of the latest messages, newest first, 13 digits each. */
  @Column('text') sent: string;
  /** Times of the latest wrong guesses, in the same form. */
  @Column('text') guesses: string;
  @Column('bigint', { name: 'window_start' }) windowStart: number;
  @Column('integer', { name: 'this_window' }) thisWindow: number;
  @Column('integer', { name: 'last_window' }) lastWindow: number;
  @Column('bigint', { name: 'updated_at' }) updatedAt: number;
}
