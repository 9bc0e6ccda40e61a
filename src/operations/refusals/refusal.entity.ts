import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * How often the service refused one recipient for one reason within one hour. Contains no readable recipient.
 */
@Entity('refusal')
@Index('refusal_hour', ['hour'])
export class RefusalEntity {
  /** Blind index of the recipient; '' when the recipient is unknown, and for the row `OTHER`. */
  @PrimaryColumn('text') recipient_key: string;
  /** Start of the hour, in epoch milliseconds. */
  @PrimaryColumn('bigint') hour: number;
  /** EMAIL or SMS; '' when the refused operation does not contain it. */
  @PrimaryColumn('text') channel: string;
  /** As `encodeCause` returns it; `OTHER` for the row that adds up the rest. */
  @PrimaryColumn('text') reason: string;
  @Column('integer') count: number;
  /** Epoch milliseconds. */
  @Column('bigint') last_at: number;
}
