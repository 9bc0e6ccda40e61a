import { type Database } from '../database/database';
import { type EventOutbox } from '../events/event-outbox';
import { type CodeDerivation } from './code/code-derivation';
import { cancelLive } from './verification.repository';
import { type Verification } from './verification.types';
import { type VerificationReader } from './verification-reader';

export interface CancelVerificationDeps {
  database: Database;
  codes: CodeDerivation;
  reader: VerificationReader;
  events: EventOutbox;
}

/** Ends a verification whose user gave up or mistyped. */
export class CancelVerification {
  constructor(private readonly deps: CancelVerificationDeps) {}

  /**
   * Cancels a live verification and returns it. One that has ended is returned unchanged.
   *
   * @throws AppError NOT_FOUND.
   */
  async run(id: string): Promise<Verification> {
    const { database, codes, reader, events } = this.deps;
    if (codes.codeLength(id) !== null)
      await events.decide(database, cancelLive(id), () =>
        events.storeVerification(id, 'verification.canceled'),
      );
    return reader.get(id);
  }
}
