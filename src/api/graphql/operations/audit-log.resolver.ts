import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { type AuditLog } from '../../../audit/audit-log';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
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

@ObjectType({ description: 'A recorded action of an operator or of the server itself.' })
class AuditEntry {
  @Field(() => ID, { description: 'Unique id of the entry.' })
  id: string;

  @Field(() => Date, { description: 'Time of the action.' })
  at: Date;

  @Field(() => String, {
    description:
      'Who did it: the name of the admin key in `ADMIN_API_KEYS`; for a key without a name, the first 12 hexadecimal digits of its SHA-256; or `server` for the server itself.',
  })
  actor: string;

  @Field(() => String, {
    description:
      'What was done: the name of the mutation, or of an action of the server, such as `dkimKey.active`.',
  })
  action: string;

  @Field(() => String, {
    nullable: true,
    description:
      'What it was done to, such as a domain or the id of a key. Never a recipient. Null when the action has no target.',
  })
  target: string | null;

  @Field(() => String, { description: '`OK`, or the code of the error with which the action failed.' })
  outcome: string;

  @Field(() => String, {
    nullable: true,
    description: 'More about the action, as text; null when there is nothing more to say.',
  })
  detail: string | null;
}

const AuditEntryConnection = connectionType(AuditEntry, 'AuditEntry');

/** The audit log. */
@Resolver()
export class AuditLogResolver {
  constructor(private readonly audit: AuditLog) {}

  @Admin()
  @Query(() => AuditEntryConnection, {
    description:
      'The audit log, newest entry first: every action of an operator, and what the server did by itself.',
  })
  async auditLog(
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<Connection<AuditEntry>> {
    requireAdmin(context);
    const size = pageSize(first);
    const entries = await this.audit.list(size + 1, parseTimeCursor(after));
    const edges = entries.slice(0, size).map((entry) => ({
      node: { ...entry, at: new Date(entry.at) },
      cursor: timeCursor(entry.at, entry.id),
    }));
    return toConnection({ edges, hasNextPage: entries.length > size });
  }
}
