import { Arg, Ctx, Int, Mutation, Query, Resolver } from 'type-graphql';
import {
  type Suppression as SuppressionValue,
  type Suppressions,
} from '../../../operations/suppression/suppressions';
import { type RecipientReads } from '../../../operations/recipient-reads';
import { maskRecipient, parseKnownRecipient, type Recipient } from '../../../recipients/recipient';
import { type SuppressionPosition } from '../../../recipients/suppression/suppression.repository';
import { badInput } from '../../../shared/errors';
import { type ApiContext, requireAdmin } from '../context';
import { BAD_USER_INPUT, PROVIDER_ERROR, SES_BUSY, withErrors } from '../error-descriptions';
import { Admin } from '../guards/key-required-plugin';
import { AFTER, type Connection, FIRST, pageSize, toConnection } from '../pagination';
import { readRecipient } from './recipient-input';
import {
  SuppressionConnection,
  Suppression,
  SuppressRecipientInput,
  UnsuppressRecipientInput,
  UnsuppressRecipientResult,
} from './suppression.types';

const MAX_REASON = 200;

/** The recipients that must not be sent to. */
@Resolver()
export class SuppressionResolver {
  constructor(
    private readonly list: Suppressions,
    private readonly reads: RecipientReads,
    private readonly smsCountries: readonly string[],
  ) {}

  @Admin()
  @Query(() => SuppressionConnection, {
    description: withErrors(
      'Suppressed recipients, newest first: addresses whose mail bounced for good or was complained about, and recipients that operators suppressed. A request for one is refused with RECIPIENT_NOT_ALLOWED and `reason: SUPPRESSED`.',
      { BAD_USER_INPUT },
    ),
  })
  async suppressions(
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg('recipient', () => String, {
      nullable: true,
      description:
        'Only this recipient: an e-mail address, or a phone number in E.164 or national format. Returns one entry or none.',
    })
    recipient: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<Connection<Suppression>> {
    const operator = requireAdmin(context);
    const size = pageSize(first);
    const position = after ? parseCursor(after) : null;
    const about = recipient ? parseKnownRecipient(recipient, this.smsCountries, 'recipient') : null;
    const found = await this.reads.run(operator, 'suppressions', about, () =>
      about ? this.findOne(about) : this.list.page(size + 1, position),
    );
    const edges = found
      .slice(0, size)
      .map((one) => ({ node: toSuppression(one), cursor: toCursor(one.position) }));
    return toConnection({
      edges,
      hasNextPage: found.length > size,
      endCursor: edges.at(-1)?.cursor ?? null,
    });
  }

  @Admin()
  @Mutation(() => Suppression, {
    description: withErrors(
      'Suppresses a recipient: nothing is sent to it until `unsuppressRecipient`. The event `recipient.suppressed` is sent. A recipient that is suppressed already is returned unchanged.',
      { BAD_USER_INPUT },
    ),
  })
  async suppressRecipient(
    @Arg('input', () => SuppressRecipientInput, { description: 'The recipient to suppress.' })
    input: SuppressRecipientInput,
    @Ctx() context: ApiContext,
  ): Promise<Suppression> {
    const operator = requireAdmin(context);
    const recipient = readRecipient(input, this.smsCountries);
    const reason = input.reason?.trim() || null;
    if (reason !== null && [...reason].length > MAX_REASON)
      throw badInput('input.reason', 'TOO_LONG', `must have at most ${MAX_REASON} characters`);
    await this.list.suppressByOperator(recipient, reason, operator);
    const stored = await this.list.find(recipient);
    return toSuppression(stored!);
  }

  @Admin()
  @Mutation(() => UnsuppressRecipientResult, {
    description: withErrors(
      "Sends to a recipient again. For an address, it is also removed from the suppression list of the account at SES, when SES is in use. If SES's list cannot be changed, the recipient stays suppressed.",
      { BAD_USER_INPUT, PROVIDER_ERROR, CHANNEL_UNAVAILABLE: SES_BUSY },
    ),
  })
  async unsuppressRecipient(
    @Arg('input', () => UnsuppressRecipientInput, { description: 'The recipient.' })
    input: UnsuppressRecipientInput,
    @Ctx() context: ApiContext,
  ): Promise<UnsuppressRecipientResult> {
    const operator = requireAdmin(context);
    return { removed: await this.list.unsuppress(readRecipient(input, this.smsCountries), operator) };
  }

  private async findOne(recipient: Recipient): Promise<SuppressionValue[]> {
    const found = await this.list.find(recipient);
    return found ? [found] : [];
  }
}

function toSuppression(value: SuppressionValue): Suppression {
  const { recipient, channel, cause, note, verificationId, createdAt } = value;
  return {
    recipient: recipient && maskRecipient(recipient),
    channel,
    cause,
    reason: note,
    verificationId,
    createdAt: new Date(createdAt),
  };
}

function toCursor({ at, key }: SuppressionPosition): string {
  return Buffer.from(`${at}:${key}`).toString('base64url');
}

function parseCursor(cursor: string): SuppressionPosition {
  const [, at, key] = /^(\d{1,15}):([\w-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at === undefined || key === undefined)
    throw badInput(
      'after',
      'INVALID_CURSOR',
      'is not a cursor of this list: pass an `endCursor` or `cursor` as it was returned, or omit it for the first page',
    );
  return { at: Number(at), key };
}
