import { type Database } from '../database/database';
import { type CodeDerivation } from './code/code-derivation';
import { cancelVerification } from './verification.repository';
import { type Verification } from './verification.types';
import { type VerificationReader } from './verification-reader';

/** Ends a verification whose user gave up or mistyped. */
export class CancelVerification {
  constructor(
    private readonly database: Database,
    private readonly codes: CodeDerivation,
    private readonly reader: VerificationReader,
  ) {}

  /**
   * Cancels a live verification and returns it. One that has ended is returned unchanged.
   *
   * @throws AppError NOT_FOUND.
   */
  async run(id: string): Promise<Verification> {
    if (this.codes.codeLength(id) !== null) await cancelVerification(this.database, id);
    return this.reader.get(id);
  }
}
