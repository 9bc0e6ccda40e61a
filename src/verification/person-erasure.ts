import { type AuditLog } from '../audit/audit-log';
import { type Database } from '../database/database';
import { type RefusalCounter } from '../operations/refusals/refusal-counter';
import { type People } from './people';
import { type Recipient } from './recipient';
import { erasePerson } from './retention.repository';

/** Forgets a person at once, as data protection law lets people ask for. */
export class PersonErasure {
  constructor(
    private readonly database: Database,
    private readonly people: People,
    private readonly audit: AuditLog,
    private readonly refusals: Pick<RefusalCounter, 'forget'>,
  ) {}

  /**
   * Removes a person's verifications, deliveries, inbox messages, refusals and budgets, under every address that counts as
   * theirs (`user+tag`, other case). A message on its way at that moment may still arrive. The audit log says that
   * someone was erased, when and by whom, and nothing of who it was.
   *
   * @returns how many verifications went.
   */
  async erase(recipient: Recipient, actor: string): Promise<number> {
    const key = this.people.key(recipient);
    return this.audit.recorded({ actor, action: 'eraseRecipient', target: null }, async () => {
      await this.refusals.forget(key);
      return this.database.transaction(() => erasePerson(key));
    });
  }
}
