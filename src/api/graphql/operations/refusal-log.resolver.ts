import { Arg, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { type Channel as ChannelValue } from '../../../recipients/channel';
import { type LoggedRefusal, type RefusalLog } from '../../../operations/refusals/refusal-log';
import { type RefusalPosition } from '../../../operations/refusals/refusal.repository';
import { type RecipientReads } from '../../../operations/recipient-reads';
import { badInput } from '../../../shared/errors';
import { parseKnownRecipient } from '../../../recipients/recipient';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { BAD_USER_INPUT, withErrors } from '../error-descriptions';
import { AFTER, type Connection, connectionType, FIRST, pageSize, toConnection } from '../pagination';
import { Channel } from '../verification/verification.enums';

@ObjectType({
  description:
    'How many requests were refused for the same reason within one hour. No recipient can be read from it.',
})
class RefusalEntry {
  @Field(() => Date, { description: 'Start of the hour.' })
  hour: Date;

  @Field(() => Channel, {
    nullable: true,
    description: 'The channel of the refused requests; null when the requests did not name one.',
  })
  channel: ChannelValue | null;

  @Field(() => String, {
    description:
      'The `code` of the error, such as BAD_USER_INPUT. At most 10,000 different entries are kept per hour; the rest are counted together as OTHER.',
  })
  code: string;

  @Field(() => String, {
    nullable: true,
    description: 'The limit that was reached, such as RECIPIENT_HOURLY; null when it was not a limit.',
  })
  limit: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Why a recipient was refused: COUNTRY, PURPOSE or SUPPRESSED. DATABASE for CHANNEL_UNAVAILABLE while the database was not available. Null for other refusals, and for refusals that former versions stored.',
  })
  reason: string | null;

  @Field(() => Int, { description: 'Number of refused requests.' })
  count: number;

  @Field(() => Date, { description: 'Time of the last of these refusals.' })
  lastAt: Date;
}

const RefusalEntryConnection = connectionType(RefusalEntry, 'RefusalEntry');

/** Lists refused requests, so that operators can explain why a code was not sent. */
@Resolver()
export class RefusalLogResolver {
  constructor(
    private readonly log: RefusalLog,
    private readonly reads: RecipientReads,
    private readonly smsCountries: readonly string[],
  ) {}

  @Admin()
  @Query(() => RefusalEntryConnection, {
    description: withErrors(
      'Refused requests, counted by hour, newest hour first. A refusal is included about one second after it happened.',
      { BAD_USER_INPUT },
    ),
  })
  async refusals(
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg('recipient', () => String, {
      nullable: true,
      description:
        'Only refusals of this recipient: an e-mail address, or a phone number in E.164 or national format.',
    })
    recipient: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<Connection<RefusalEntry>> {
    const operator = requireAdmin(context);
    const size = pageSize(first);
    const about = recipient ? parseKnownRecipient(recipient, this.smsCountries, 'recipient') : null;
    const position = parseCursor(after);
    const found = await this.reads.run(operator, 'refusals', about, () =>
      this.log.page(about, size + 1, position),
    );
    const edges = found.slice(0, size).map((one) => ({ node: toEntry(one), cursor: toCursor(one.position) }));
    return toConnection({ edges, hasNextPage: found.length > size });
  }
}

function toEntry({ hour, lastAt, position: _, ...refusal }: LoggedRefusal): RefusalEntry {
  return { ...refusal, hour: new Date(hour), lastAt: new Date(lastAt) };
}

function toCursor({ hour, recipient_key, channel, reason }: RefusalPosition): string {
  return Buffer.from([hour, recipient_key, channel, reason].join(' ')).toString('base64url');
}

/** @throws AppError BAD_USER_INPUT when the text is not a cursor of this list. */
function parseCursor(cursor: string | null | undefined): RefusalPosition | null {
  if (!cursor) return null;
  const form = /^(\d{1,15}) ([\w+/=.-]{0,128}) (EMAIL|SMS|) ([A-Z_/]{1,80})$/;
  const [, hour, key, channel, reason] = form.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (hour === undefined)
    throw badInput(
      'after',
      'INVALID_CURSOR',
      'is not a cursor of this list: pass an `endCursor` or `cursor` as it was returned, or omit it for the first page',
    );
  return { hour: Number(hour), recipient_key: key!, channel: channel!, reason: reason! };
}
