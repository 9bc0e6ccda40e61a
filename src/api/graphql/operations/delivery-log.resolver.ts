import { Arg, Ctx, Field, ID, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { type DeliveryFailure as FailureValue } from '../../../channels/provider.types';
import { type Channel as ChannelValue } from '../../../recipients/channel';
import { type DeliveryStatus as StatusValue } from '../../../delivery/delivery.entity';
import { badInput } from '../../../shared/errors';
import { type DeliveryLog, type LoggedDelivery, type LogPosition } from '../../../operations/delivery-log';
import { maskRecipient, parseKnownRecipient } from '../../../recipients/recipient';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { AFTER, type Connection, connectionType, FIRST, pageSize, toConnection } from '../pagination';
import { Channel, DeliveryFailure, DeliveryStatus } from '../verification/verification.enums';

@InputType({ description: 'Which messages to list; all conditions must hold.' })
class DeliveryFilter {
  @Field(() => DeliveryStatus, { nullable: true, description: 'Those that stand so.' })
  status?: StatusValue | null;

  @Field(() => DeliveryFailure, { nullable: true, description: 'Those that failed so.' })
  failure?: FailureValue | null;

  @Field(() => Channel, { nullable: true, description: 'Those of one channel.' })
  channel?: ChannelValue | null;

  @Field(() => String, {
    nullable: true,
    description: 'Those to one person: an e-mail address, or a number in E.164 or national format.',
  })
  recipient?: string | null;
}

@ObjectType({ description: 'A message on its way or at its end. Neither code nor text is in it.' })
class DeliveryEntry {
  @Field(() => ID, { description: 'Of the message; SES carries it as the tag `injeung_delivery`.' })
  id: string;

  @Field(() => ID, { description: 'The verification whose code it carries.' })
  verificationId: string;

  @Field(() => Channel, { description: 'How it goes.' })
  channel: ChannelValue;

  @Field(() => String, { description: 'To whom, masked.' })
  recipient: string;

  @Field(() => String, { description: "The verification's purpose." })
  purpose: string;

  @Field(() => DeliveryStatus, { description: 'Where it stands.' })
  status: StatusValue;

  @Field(() => DeliveryFailure, {
    nullable: true,
    description: 'Why it will not arrive; null unless FAILED.',
  })
  failure: FailureValue | null;

  @Field(() => String, { nullable: true, description: 'The provider that has it, or had it last.' })
  provider: string | null;

  @Field(() => String, { nullable: true, description: "The provider's own id for it." })
  providerMessageId: string | null;

  @Field(() => Int, { description: 'Finished tries, at all providers together.' })
  attempts: number;

  @Field(() => String, { nullable: true, description: "The last trouble, in the provider's terms." })
  lastError: string | null;

  @Field(() => Date, { description: 'When it was accepted.' })
  createdAt: Date;

  @Field(() => Date, { nullable: true, description: 'When a provider took it.' })
  sentAt: Date | null;

  @Field(() => Date, { description: 'When anything about it last changed.' })
  updatedAt: Date;
}

const DeliveryEntryConnection = connectionType(DeliveryEntry, 'DeliveryEntry');

/** What was sent, for operators. */
@Resolver()
export class DeliveryLogResolver {
  constructor(
    private readonly log: DeliveryLog,
    private readonly smsCountries: readonly string[],
  ) {}

  @Admin()
  @Query(() => DeliveryEntryConnection, {
    description:
      'What was sent to whom and how it ended: newest verifications first, each with its messages. A page may be shorter than `first` and still have a next one. Errors: BAD_USER_INPUT.',
  })
  async deliveries(
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg('filter', () => DeliveryFilter, { nullable: true, description: 'Which ones; all without it.' })
    filter: DeliveryFilter | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<Connection<DeliveryEntry>> {
    requireAdmin(context);
    const recipient = filter?.recipient
      ? parseKnownRecipient(filter.recipient, this.smsCountries, 'filter.recipient')
      : null;
    const position = after ? parseCursor(after) : null;
    const page = await this.log.page({ ...filter, recipient }, pageSize(first), position);
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
    throw badInput('after', 'INVALID_CURSOR', 'must be a cursor of this list');
  const delivery = deliveryId === undefined ? null : { at: Number(deliveryAt), id: deliveryId };
  return { verification: { at: Number(at), id }, delivery };
}
