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

@ObjectType({ description: 'What an operator, or the server on its own, did.' })
class AuditEntry {
  @Field(() => ID, { description: 'Of the entry.' })
  id: string;

  @Field(() => Date, { description: 'When.' })
  at: Date;

  @Field(() => String, {
    description:
      'Who: the name of the admin key in `ADMIN_API_KEYS`; for a key without a name the first 12 hexadecimal digits of its SHA-256; `server` for the server itself.',
  })
  actor: string;

  @Field(() => String, {
    description: 'What: the mutation, or what the server did, such as `dkimKey.active`.',
  })
  action: string;

  @Field(() => String, { nullable: true, description: 'To what: a domain, an id. Never a recipient.' })
  target: string | null;

  @Field(() => String, { description: 'How it ended: OK, or the code of the error.' })
  outcome: string;

  @Field(() => String, { nullable: true, description: 'More about it, in words.' })
  detail: string | null;
}

const AuditEntryConnection = connectionType(AuditEntry, 'AuditEntry');

/** The operators' log, for operators. */
@Resolver()
export class AuditLogResolver {
  constructor(private readonly audit: AuditLog) {}

  @Admin()
  @Query(() => AuditEntryConnection, { description: 'What operators and the server did, newest first.' })
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
