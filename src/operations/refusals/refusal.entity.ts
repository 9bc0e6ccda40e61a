import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How often the service refused one recipient for one reason within one hour. Holds no recipient in clear. */
@Entity('refusal')
@Index('refusal_hour', ['hour'])
export class RefusalEntity {
  /** The recipient's blind index; '' where the recipient is unknown, and for the row that sums up the rest. */
  @PrimaryColumn('text') recipient_key: string;
  /** The start of the hour, in epoch milliseconds. */
  @PrimaryColumn('bigint') hour: number;
  /** EMAIL or SMS; '' where the refused operation does not say. */
  @PrimaryColumn('text') channel: string;
  /** The limit's name or the error's code; `OTHER` for the row that sums up the rest. */
  @PrimaryColumn('text') reason: string;
  @Column('integer') count: number;
  /** Epoch milliseconds. */
  @Column('bigint') last_at: number;
}
