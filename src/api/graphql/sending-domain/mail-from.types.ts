import { Field, ObjectType } from 'type-graphql';
import {
  type IdentityMailFrom,
  type MxFailureBehavior as BehaviorValue,
} from '../../../sending-domain/ses/ses-identities.types';
import { enumOf } from '../enum-of';

export const MxFailureBehavior = enumOf<BehaviorValue>(
  'MxFailureBehavior',
  'What SES does with a message while it does not find the MX record of the MAIL FROM domain.',
  {
    USE_DEFAULT_VALUE: 'SES sends the message with its own MAIL FROM domain.',
    REJECT_MESSAGE:
      'SES refuses the message. This includes the time until SES has found the record for the first time.',
  },
);

@ObjectType({ description: 'The custom MAIL FROM domain of an identity at SES.' })
export class MailFrom {
  @Field(() => String, {
    description: 'The domain that SES uses in the envelope of the mail (`Return-Path`).',
  })
  domain: string;

  @Field(() => String, {
    nullable: true,
    description:
      "SES's own value: PENDING while SES looks for the MX record, SUCCESS when SES uses the domain, FAILED or TEMPORARY_FAILURE. SES may add values. Null when SES does not say.",
  })
  status: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "What SES does with a message while `status` is not SUCCESS, as SES's own value: USE_DEFAULT_VALUE or REJECT_MESSAGE. SES may add values. Null when SES does not say.",
  })
  onMxFailure: string | null;

  @Field(() => String, { nullable: true, description: 'What to do; null when SES uses the domain.' })
  advice: string | null;

  /** The identity, for the field `records`. */
  identity: { name: string; mailFrom: IdentityMailFrom };
}
