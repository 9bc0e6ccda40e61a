import { Arg, Ctx, Field, ID, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { type DeliveryFailure as FailureValue } from '../../../channels/provider.types';
import { type Channel as ChannelValue } from '../../../recipients/channel';
import { type DeliveryStatus as StatusValue } from '../../../delivery/delivery.entity';
import { type SendResult as SendResultValue } from '../../../delivery/send.entity';
import { badInput } from '../../../shared/errors';
import { type DeliveryLog, type LoggedDelivery, type LogPosition } from '../../../operations/delivery-log';
import { type RecipientReads } from '../../../operations/recipient-reads';
import { maskRecipient, parseKnownRecipient } from '../../../recipients/recipient';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { BAD_USER_INPUT, withErrors } from '../error-descriptions';
import { AFTER, type Connection, connectionType, FIRST, pageSize, toConnection } from '../pagination';
import { Channel, DeliveryFailure, DeliveryStatus, SendResult } from '../verification/verification.enums';

@InputType({
  description:
    'Restricts a list of deliveries. Only deliveries that meet every given condition are returned.',
})
class DeliveryFilter {
  @Field(() => DeliveryStatus, { nullable: true, description: 'Only deliveries with this status.' })
  status?: StatusValue | null;

  @Field(() => DeliveryFailure, {
    nullable: true,
    description: 'Only deliveries that failed for this reason.',
  })
  failure?: FailureValue | null;

  @Field(() => Channel, { nullable: true, description: 'Only deliveries of this channel.' })
  channel?: ChannelValue | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Only deliveries to this recipient: an e-mail address, or a phone number in E.164 or national format.',
  })
  recipient?: string | null;
}

@ObjectType({ description: 'One call of a provider for a message.' })
class DeliverySend {
  @Field(() => String, { description: 'Name of the provider, as in `EMAIL_PROVIDER` or `SMS_PROVIDER`.' })
  provider: string;

  @Field(() => SendResult, { description: 'What became of the send.' })
  result: SendResultValue;

  @Field(() => DeliveryFailure, {
    nullable: true,
    description: 'Why the message did not arrive; null unless `result` is REFUSED or NOT_DELIVERED.',
  })
  failure: FailureValue | null;

  @Field(() => String, {
    nullable: true,
    description: "The provider's own code and words, masked; null when it accepted the message.",
  })
  detail: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The id that the provider gave the message; null when it did not accept the message.',
  })
  providerMessageId: string | null;

  @Field(() => Date, { description: 'When the provider answered, or when its answer was given up.' })
  endedAt: Date;
}

@ObjectType({
  description: 'One message of one verification. It contains neither the code nor the text of the message.',
})
class DeliveryEntry {
  @Field(() => ID, {
    description: 'Id of the delivery. A message sent through SES carries it as the tag `injeung_delivery`.',
  })
  id: string;

  @Field(() => ID, { description: 'Id of the verification whose code the message contains.' })
  verificationId: string;

  @Field(() => Channel, { description: 'The channel of the message.' })
  channel: ChannelValue;

  @Field(() => String, { description: 'The recipient, masked: `m***@example.com`, `+82 10-****-5678`.' })
  recipient: string;

  @Field(() => String, { description: 'The purpose of the verification, such as `sign-up`.' })
  purpose: string;

  @Field(() => DeliveryStatus, { description: 'The current status of the message.' })
  status: StatusValue;

  @Field(() => DeliveryFailure, {
    nullable: true,
    description: 'Why the message will not arrive; null unless `status` is FAILED.',
  })
  failure: FailureValue | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Name of the provider that accepted the message, or that was called last; null before the first send.',
  })
  provider: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The id that the provider gave the message; null until a provider accepts it.',
  })
  providerMessageId: string | null;

  @Field(() => Int, { description: 'Number of entries in `sends`.' })
  sendCount: number;

  @Field(() => [DeliverySend], {
    description:
      'Every send of the message, in order: the whole way of the message through the providers. A resend is another delivery.',
  })
  sends: DeliverySend[];

  @Field(() => String, {
    nullable: true,
    description: "The last error of a provider, in the provider's own words; null when there was none.",
  })
  lastError: string | null;

  @Field(() => Date, { description: 'When the message was queued.' })
  createdAt: Date;

  @Field(() => Date, {
    nullable: true,
    description: 'When a provider accepted the message; null before that.',
  })
  sentAt: Date | null;

  @Field(() => Date, { description: 'When this delivery last changed.' })
  updatedAt: Date;
}

const DeliveryEntryConnection = connectionType(DeliveryEntry, 'DeliveryEntry');

/** The delivery log. */
@Resolver()
export class DeliveryLogResolver {
  constructor(
    private readonly log: DeliveryLog,
    private readonly reads: RecipientReads,
    private readonly smsCountries: readonly string[],
  ) {}

  @Admin()
  @Query(() => DeliveryEntryConnection, {
    description: withErrors(
      'The delivery log: newest verification first, each with all of its messages. A page may have fewer than `first` entries although another page follows, so read `pageInfo.hasNextPage` to find out whether one follows.',
      { BAD_USER_INPUT },
    ),
  })
  async deliveries(
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg('filter', () => DeliveryFilter, {
      nullable: true,
      description: 'Restricts the list; without it every delivery is listed.',
    })
    filter: DeliveryFilter | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<Connection<DeliveryEntry>> {
    const operator = requireAdmin(context);
    const recipient = filter?.recipient
      ? parseKnownRecipient(filter.recipient, this.smsCountries, 'filter.recipient')
      : null;
    const position = after ? parseCursor(after) : null;
    const size = pageSize(first);
    const page = await this.reads.run(operator, 'deliveries', recipient, () =>
      this.log.page({ ...filter, recipient }, size, position),
    );
    return toConnection({
      edges: page.deliveries.map(({ delivery, position }) => ({
        node: toEntry(delivery),
        cursor: toCursor(position),
      })),
      hasNextPage: page.next !== null,
      endCursor: page.next && toCursor(page.next),
    });
  }
}

function toEntry({ recipient, ...delivery }: LoggedDelivery): DeliveryEntry {
  return {
    ...delivery,
    channel: recipient.channel,
    recipient: maskRecipient(recipient),
    createdAt: new Date(delivery.createdAt),
    sends: delivery.sends.map((send) => ({ ...send, endedAt: new Date(send.endedAt) })),
    sentAt: delivery.sentAt === null ? null : new Date(delivery.sentAt),
    updatedAt: new Date(delivery.updatedAt),
  };
}

function toCursor({ verification, delivery }: LogPosition): string {
  const parts = [verification.at, verification.id, delivery?.at ?? '', delivery?.id ?? ''];
  return Buffer.from(parts.join(':')).toString('base64url');
}

function parseCursor(cursor: string): LogPosition {
  const form = /^(\d{1,15}):([\w-]{1,64}):(?:(\d{1,15}):([\w-]{1,64})|:)$/;
  const [, at, id, deliveryAt, deliveryId] = form.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at === undefined || id === undefined)
    throw badInput(
      'after',
      'INVALID_CURSOR',
      'is not a cursor of this list: pass an `endCursor` or `cursor` as it was returned, or omit it for the first page',
    );
  const delivery = deliveryId === undefined ? null : { at: Number(deliveryAt), id: deliveryId };
  return { verification: { at: Number(at), id }, delivery };
}
