import { type Database } from '../../database/database';
import { type HotOperation } from '../../database/hot-operation';
import { type EventOutbox } from '../../events/event-outbox';
import { type RecipientLimits } from '../../limits/recipient-limits';
import { type Attempt, type ConsumedAttempt, createConsumeAttempt } from './consume-attempt';

/** Consumes the attempts of verifications, within the daily limit of each recipient. */
export class Attempts {
  private readonly consumeAttempt: HotOperation<Attempt, ConsumedAttempt>;

  constructor(
    private readonly database: Database,
    private readonly limits: RecipientLimits,
    events: EventOutbox,
  ) {
    this.consumeAttempt = createConsumeAttempt(events);
  }

  /** @throws AppError RATE_LIMITED when the recipient's wrong attempts of the day are used up. */
  consume(attempt: Omit<Attempt, 'limits'>): Promise<ConsumedAttempt> {
    return this.database.execute(this.consumeAttempt, { ...attempt, limits: this.limits });
  }
}
