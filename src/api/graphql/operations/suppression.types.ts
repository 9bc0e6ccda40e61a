import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { type Channel as ChannelValue } from '../../../recipients/channel';
import { type SuppressionCause as CauseValue } from '../../../recipients/suppression/suppression.entity';
import { enumOf } from '../enum-of';
import { connectionType } from '../pagination';
import { Channel } from '../verification/verification.enums';
import { RecipientInput } from './recipient-input';

const SuppressionCause = enumOf<CauseValue>('SuppressionCause', 'Why a recipient is suppressed.', {
  BOUNCE: 'An e-mail bounced for good: the address does not exist, or its server refuses all mail.',
  COMPLAINT: 'The recipient marked an e-mail as spam.',
  OPERATOR: 'An operator suppressed the recipient.',
});

@InputType({ description: 'A recipient to suppress. Give exactly one of `email` and `phoneNumber`.' })
export class SuppressRecipientInput extends RecipientInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Why, in your own words, for other operators: at most 200 characters. An erasure of the recipient removes it.',
  })
  reason?: string | null;
}

@InputType({ description: 'A recipient to send to again. Give exactly one of the two fields.' })
export class UnsuppressRecipientInput extends RecipientInput {}

@ObjectType({ description: 'A recipient that must not be sent to.' })
export class Suppression {
  @Field(() => String, {
    nullable: true,
    description:
      'The recipient, masked: `m***@example.com`. Null after an erasure: the recipient stays suppressed, and nobody can read who it is.',
  })
  recipient: string | null;

  @Field(() => Channel, { description: 'The channel of the recipient.' })
  channel: ChannelValue;

  @Field(() => SuppressionCause, { description: 'Why the recipient is suppressed.' })
  cause: CauseValue;

  @Field(() => String, {
    nullable: true,
    description: 'What the operator wrote; null when there is nothing, or after an erasure.',
  })
  reason: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The verification whose message bounced or was complained about; null when an operator suppressed the recipient.',
  })
  verificationId: string | null;

  @Field(() => Date, { description: 'Since when the recipient is suppressed.' })
  createdAt: Date;
}

@ObjectType({ description: 'The result of `unsuppressRecipient`.' })
export class UnsuppressRecipientResult {
  @Field(() => Boolean, {
    description:
      'False when the recipient was not suppressed here. With SES in use, an address was removed from its list in any case.',
  })
  removed: boolean;
}

export const SuppressionConnection = connectionType(Suppression, 'Suppression');
