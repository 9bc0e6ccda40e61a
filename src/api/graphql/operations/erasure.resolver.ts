import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { badInput } from '../../../shared/errors';
import { type RecipientErasure } from '../../../operations/recipient-erasure';
import { parseEmail, parseKnownPhone, type Recipient } from '../../../recipients/recipient';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';

@InputType({ description: 'The recipient to erase: either an e-mail address or a phone number.' })
export class EraseRecipientInput {
  @Field(() => String, {
    nullable: true,
    description:
      "Exactly this e-mail address, compared without case. `user+tag` is another address: it may be another person's mailbox.",
  })
  email?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "A phone number in E.164 or in the national format of the server's first country.",
  })
  phoneNumber?: string | null;
}

@ObjectType({ description: 'What was erased.' })
class EraseRecipientResult {
  @Field(() => Int, {
    description:
      'The number of verifications that were removed with their deliveries; 0 for an unknown recipient.',
  })
  verifications: number;
}

/** What operators do when a person requires the erasure of their data. */
@Resolver()
export class ErasureResolver {
  constructor(
    private readonly erasure: RecipientErasure,
    private readonly smsCountries: readonly string[],
  ) {}

  @Admin()
  @Mutation(() => EraseRecipientResult, {
    description:
      'Removes the personal data of one recipient at once: verifications, deliveries and inbox messages. The counters of limits stay for up to two days, under a keyed hash, so that an erasure does not refill them. The audit log records that it was done and not for whom. Errors: BAD_USER_INPUT.',
  })
  async eraseRecipient(
    @Arg('input', () => EraseRecipientInput, { description: 'The recipient.' }) input: EraseRecipientInput,
    @Ctx() context: ApiContext,
  ): Promise<EraseRecipientResult> {
    const actor = requireAdmin(context);
    return { verifications: await this.erasure.erase(this.recipient(input), actor) };
  }

  private recipient({ email, phoneNumber }: EraseRecipientInput): Recipient {
    if (email && !phoneNumber) return parseEmail(email, 'input.email');
    if (phoneNumber && !email) return parseKnownPhone(phoneNumber, this.smsCountries, 'input.phoneNumber');
    throw badInput('input', 'EXACTLY_ONE', 'must have either email or phoneNumber');
  }
}
