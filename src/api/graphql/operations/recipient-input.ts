import { Field, InputType } from 'type-graphql';
import { badInput } from '../../../shared/errors';
import { parseEmail, parseKnownPhone, type Recipient } from '../../../recipients/recipient';

/** An input that names one recipient: by an address or by a number. */
@InputType({ description: 'Fields that the inputs about one recipient have in common.' })
export abstract class RecipientInput {
  @Field(() => String, {
    nullable: true,
    description:
      'An e-mail address: exactly this one, compared without case. `user+tag@example.com` is another address.',
  })
  email?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A phone number in E.164 (`+821012345678`) or in the national format of the first country of `SMS_COUNTRIES`.',
  })
  phoneNumber?: string | null;
}

/** @throws AppError BAD_USER_INPUT unless exactly one of the fields is a valid recipient. */
export function readRecipient(
  { email, phoneNumber }: RecipientInput,
  smsCountries: readonly string[],
): Recipient {
  if (email && !phoneNumber) return parseEmail(email, 'input.email');
  if (phoneNumber && !email) return parseKnownPhone(phoneNumber, smsCountries, 'input.phoneNumber');
  throw badInput('input', 'EXACTLY_ONE', 'must have exactly one of `email` and `phoneNumber`');
}
