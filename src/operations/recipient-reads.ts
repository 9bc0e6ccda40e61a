import { type AuditLog, type Operator } from '../audit/audit-log';
import { type Recipient } from '../recipients/recipient';
import { type RecipientVault } from '../recipients/recipient-vault';

/**
 * Records operators' reads of recipients' data, as Korean law requires of a system that processes personal data (Standards
 * for Measures to Ensure the Safety of Personal Information, article 8: account, time, place, whose data, what was done).
 */
export class RecipientReads {
  constructor(
    private readonly vault: RecipientVault,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Runs a read and records it. If the record cannot be stored, the caller receives this error instead of the data. A read
   * that fails returns no data and is not recorded.
   *
   * @param action the GraphQL field or the command.
   * @param recipient the recipient that the read is about; null when it concerns many.
   */
  async run<T>(
    operator: Operator,
    action: string,
    recipient: Recipient | null,
    read: () => Promise<T>,
  ): Promise<T> {
    const result = await read();
    await this.record(operator, action, recipient);
    return result;
  }

  /**
   * Records a read that was done, before its result leaves the server.
   *
   * @param target the id of the verification that was asked for, if one was.
   */
  record(
    operator: Operator,
    action: string,
    recipient: Recipient | null,
    target: string | null = null,
  ): Promise<void> {
    const recipientKey = recipient && this.vault.key(recipient);
    return this.audit.recordRead({ ...operator, action, target, recipientKey });
  }
}
