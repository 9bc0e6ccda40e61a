import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { type RecipientErasure } from '../../../operations/recipient-erasure';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { BAD_USER_INPUT, withErrors } from '../error-descriptions';
import { readRecipient, RecipientInput } from './recipient-input';

@InputType({ description: 'The recipient to erase. Give exactly one of the two fields.' })
export class EraseRecipientInput extends RecipientInput {}

@ObjectType({ description: 'The result of an erasure.' })
class EraseRecipientResult {
  @Field(() => Int, {
    description:
      'Number of verifications that were removed, each with its deliveries; 0 for an unknown recipient.',
  })
  verifications: number;
}

/** The operations with which operators fulfil a request to erase personal data. */
@Resolver()
export class ErasureResolver {
  constructor(
    private readonly erasure: RecipientErasure,
    private readonly smsCountries: readonly string[],
  ) {}

  @Admin()
  @Mutation(() => EraseRecipientResult, {
    description: withErrors(
      'Removes the personal data of one recipient at once: verifications, deliveries and inbox messages. The counters of its limits remain for up to two days under a keyed hash, so that an erasure does not reset the limits. The audit log records the erasure with a keyed hash of the recipient, from which the recipient cannot be read.',
      { BAD_USER_INPUT },
    ),
  })
  async eraseRecipient(
    @Arg('input', () => EraseRecipientInput, { description: 'The recipient to erase.' })
    input: EraseRecipientInput,
    @Ctx() context: ApiContext,
  ): Promise<EraseRecipientResult> {
    const operator = requireAdmin(context);
    return { verifications: await this.erasure.erase(readRecipient(input, this.smsCountries), operator) };
  }
}
