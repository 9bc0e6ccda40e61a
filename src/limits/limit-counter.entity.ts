import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * The counts of one limit key. The key of a recipient has the exact times of its messages and wrong attempts (see
 * recipient-limits.ts). The key of a shared limit has two counters (see shared-limit-counter.ts).
 *
 * The table and its column `guesses` keep the names of their first migration, because nodes of the previous version use
 * them while a cluster is updated.
 */
@Entity('budget')
export class LimitCounterEntity {
  /** Blind index of the recipient, address, number block or service that is counted. */
  @PrimaryColumn('text') key: string;
  /** Times of the latest messages, newest first: 13 digits each, without separators. */
  @Column('text') sent: string;
  /** Times of the latest wrong attempts, in the same form. */
  @Column('text', { name: 'guesses' }) wrongAttempts: string;
  /** When the current window of a shared limit began, in epoch milliseconds. */
  @Column('bigint', { name: 'window_start' }) windowStart: number;
  /** Messages of the current window. */
  @Column('integer', { name: 'this_window' }) thisWindow: number;
  /** Messages of the window before it. */
  @Column('integer', { name: 'last_window' }) lastWindow: number;
  @Column('bigint', { name: 'updated_at' }) updatedAt: number;
}
