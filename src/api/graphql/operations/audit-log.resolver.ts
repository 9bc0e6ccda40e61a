import { Arg, Ctx, Field, ID, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { type AuditEntry as StoredEntry, type AuditPosition } from '../../../audit/audit-entry.repository';
import { type AuditLog } from '../../../audit/audit-log';
import { type RecipientReads } from '../../../operations/recipient-reads';
import { parseKnownRecipient, type Recipient } from '../../../recipients/recipient';
import { type RecipientVault } from '../../../recipients/recipient-vault';
import { badInput } from '../../../shared/errors';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { BAD_USER_INPUT, withErrors } from '../error-descriptions';
import {
  AFTER,
  type Connection,
  connectionType,
  FIRST,
  pageSize,
  parseTimeCursor,
  timeCursor,
  toConnection,
} from '../pagination';

@InputType({
  description: 'Restricts the audit log. Only entries that meet every given condition are returned.',
})
class AuditLogFilter {
  @Field(() => String, { nullable: true, description: 'Only entries with exactly this `actor`.' })
  actor?: string | null;

  @Field(() => String, { nullable: true, description: 'Only entries with exactly this `action`.' })
  action?: string | null;

  @Field(() => Date, { nullable: true, description: 'Only entries whose `at` is this time or later.' })
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Only entries whose `at` is before this time.' })
  to?: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Only entries about this recipient: an e-mail address, or a phone number in E.164 or national format. They are found even after the recipient was erased. A query with this condition is recorded itself.',
  })
  recipient?: string | null;
}

@ObjectType({
  description:
    "A recorded action of an operator or of the server itself, or an operator's read of recipients' data.",
})
class AuditEntry {
  @Field(() => ID, { description: 'Unique id of the entry.' })
  id: string;

  @Field(() => Date, { description: 'Time of the action; for reads the time of the first one.' })
  at: Date;

  @Field(() => Date, {
    description: 'Time of the last read that the entry counts; otherwise the same as `at`.',
  })
  lastAt: Date;

  @Field(() => Int, {
    description:
      'How often it was done. More than 1 only for reads: equal reads of one minute share an entry.',
  })
  count: number;

  @Field(() => String, {
    description:
      'Who did it: the name of the admin key in `ADMIN_API_KEYS`; for a key without a name, the first 12 hexadecimal digits of its SHA-256; `server` for the server itself; `cli` for a command on the machine of the server.',
  })
  actor: string;

  @Field(() => String, {
    nullable: true,
    description:
      "The caller's IP address as `TRUST_PROXY` finds it; `unknown` when a proxy forwarded something else. Null for the server, for commands, and in entries of earlier versions.",
  })
  address: string | null;

  @Field(() => String, {
    description:
      'What was done: the name of the mutation or query, of a command, or of an action of the server, such as `dkimKey.active`.',
  })
  action: string;

  @Field(() => String, {
    nullable: true,
    description:
      'What it was done to, such as a domain or the id of a key. Never a recipient. Null when the action has no target.',
  })
  target: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The recipient whose data it concerns, as a keyed hash that reveals nothing without the key and remains after an erasure: equal recipients have equal hashes. Null when it concerns no recipient or many.',
  })
  recipientKey: string | null;

  @Field(() => String, { description: '`OK`, or the code of the error with which the action failed.' })
  outcome: string;

  @Field(() => String, {
    nullable: true,
    description: 'More about the action, as text; null when there is nothing more to say.',
  })
  detail: string | null;
}

const AuditEntryConnection = connectionType(AuditEntry, 'AuditEntry');

export interface AuditLogResolverDeps {
  audit: AuditLog;
  reads: RecipientReads;
  vault: RecipientVault;
  smsCountries: readonly string[];
}

/** The audit log. */
@Resolver()
export class AuditLogResolver {
  constructor(private readonly deps: AuditLogResolverDeps) {}

  @Admin()
  @Query(() => AuditEntryConnection, {
    description: withErrors(
      "The audit log, newest entry first: every action of an operator, every read of recipients' data by an operator, and what the server did by itself. Entries are kept for `AUDIT_RETENTION_DAYS`.",
      { BAD_USER_INPUT },
    ),
  })
  async auditLog(
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg('filter', () => AuditLogFilter, {
      nullable: true,
      description: 'Restricts the list; without it every entry is listed.',
    })
    filter: AuditLogFilter | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<Connection<AuditEntry>> {
    const operator = requireAdmin(context);
    const { reads, smsCountries } = this.deps;
    const size = pageSize(first);
    const position = parseTimeCursor(after);
    const { recipient: typed, ...conditions } = filter ?? {};
    requireOrder(conditions);
    const recipient = typed ? parseKnownRecipient(typed, smsCountries, 'filter.recipient') : null;
    const list = () => this.list(conditions, recipient, size + 1, position);
    // Without the condition, no recipient can be read from the log.
    const entries = recipient ? await reads.run(operator, 'auditLog', recipient, list) : await list();
    const edges = entries.slice(0, size).map((entry) => ({
      node: { ...entry, at: new Date(entry.at), lastAt: new Date(entry.lastAt) },
      cursor: timeCursor(entry.at, entry.id),
    }));
    return toConnection({ edges, hasNextPage: entries.length > size });
  }

  private list(
    { actor, action, from, to }: Omit<AuditLogFilter, 'recipient'>,
    recipient: Recipient | null,
    limit: number,
    after: AuditPosition | null,
  ): Promise<StoredEntry[]> {
    const recipientKey = recipient && this.deps.vault.key(recipient);
    const filter = { actor, action, recipientKey, fromMs: from?.getTime(), untilMs: to?.getTime() };
    return this.deps.audit.list(filter, { limit, after, order: 'newest first' });
  }
}

function requireOrder({ from, to }: AuditLogFilter): void {
  if (from && to && to < from) throw badInput('filter.to', 'OUT_OF_RANGE', 'must not be before `from`');
}
