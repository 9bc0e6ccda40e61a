import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { badInput } from '../shared/errors';
import { type PersonErasure } from '../verification/person-erasure';
import { parseEmail, parseKnownPhone, type Recipient } from '../verification/recipient';
import { Admin } from './admin-gate';
import { type ApiContext, requireAdmin } from './context';

@InputType({ description: 'Whom to forget: an e-mail address or a phone number, one of them.' })
export class EraseRecipientInput {
  @Field(() => String, { nullable: true, description: 'An e-mail address; `user+tag` stands for `user`.' })
  email?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "A phone number in E.164 or in the national format of the server's first country.",
  })
  phoneNumber?: string | null;
}

@ObjectType({ description: 'What was forgotten.' })
class EraseRecipientResult {
  @Field(() => Int, { description: 'How many verifications went, with their deliveries; 0 for a stranger.' })
  verifications: number;
}

/** What operators do when a person asks to be forgotten. */
@Resolver()
export class ErasureResolver {
  constructor(
    private readonly erasure: PersonErasure,
    private readonly smsCountries: readonly string[],
  ) {}

  @Admin()
  @Mutation(() => EraseRecipientResult, {
    description:
      'Removes all that is kept of one person at once; the audit log says that it was done and not to whom. Errors: BAD_USER_INPUT.',
  })
  async eraseRecipient(
    @Arg('input', () => EraseRecipientInput, { description: 'The person.' }) input: EraseRecipientInput,
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
