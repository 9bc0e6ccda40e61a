import { Field, ID, Int, ObjectType } from 'type-graphql';
import { type DeliveryFailure as FailureValue } from '../../../channels/provider.types';
import { type Channel as ChannelValue } from '../../../recipients/channel';
import { type DeliveryStatus as DeliveryStatusValue } from '../../../delivery/delivery.entity';
import {
  type VerificationStatus as StatusValue,
  type VerifyRefusal,
} from '../../../verification/verification.types';
import {
  Channel,
  DeliveryFailure,
  DeliveryStatus,
  RefusalReason,
  VerificationStatus,
} from './verification.enums';

@ObjectType({ description: "A verification's latest message on its way." })
export class Delivery {
  @Field(() => DeliveryStatus, { description: 'Where the message stands. Poll `verification` to follow it.' })
  status: DeliveryStatusValue;

  @Field(() => DeliveryFailure, {
    nullable: true,
    description: 'Why it will not arrive; null unless FAILED.',
  })
  failure: FailureValue | null;

  @Field(() => Date, { description: 'When `status` last changed.' })
  updatedAt: Date;
}

@ObjectType({
  description:
    'A code that was sent to a recipient, and what became of it. The code itself is nowhere in it.',
})
export class Verification {
  @Field(() => ID, { description: 'Opaque. Keep it to check, resend or cancel the code.' })
  id: string;

  @Field(() => Channel, { description: 'How the code was sent.' })
  channel: ChannelValue;

  @Field(() => String, {
    description: 'The recipient, masked to be shown: `m***@example.com`, `+82 10-****-5678`.',
  })
  recipient: string;

  @Field(() => String, { description: 'What the code is for, as given with the request.' })
  purpose: string;

  @Field(() => Int, { description: 'Digits of the code: how many boxes to show.' })
  codeLength: number;

  @Field(() => Int, { description: 'Tries that are left before it locks.' })
  attemptsRemaining: number;

  @Field(() => Date, { description: 'When the code was asked for.' })
  createdAt: Date;

  @Field(() => Date, { description: "When the code's life ends. Resending does not move it." })
  expiresAt: Date;

  @Field(() => Date, {
    description: 'From when `resendCode` or a new request to this recipient is let through again.',
  })
  resendAvailableAt: Date;

  @Field(() => Int, {
    description:
      "Whole seconds until the code expires, by the server's clock; 0 when the verification has ended. Count down from it: a device's own clock may be wrong.",
  })
  expiresInSeconds: number;

  @Field(() => Int, {
    description:
      "Whole seconds until `resendCode` is possible, by the server's clock; 0 when it is possible now, and when the verification has ended.",
  })
  resendInSeconds: number;

  @Field(() => VerificationStatus, { description: 'Where it stands now.' })
  status: StatusValue;

  @Field(() => Delivery, { description: 'What became of its latest message.' })
  delivery: Delivery;
}

@ObjectType({ description: 'The answer to a code. A refused code is an answer, not an error.' })
export class VerifyCodeResult {
  @Field(() => Boolean, { description: 'True when the code was right and is now used.' })
  verified: boolean;

  @Field(() => RefusalReason, { nullable: true, description: 'Why it was refused; null when verified.' })
  reason: VerifyRefusal | null;

  @Field(() => Int, { description: 'Tries that are left; 0 means a new code must be requested.' })
  attemptsRemaining: number;

  @Field(() => String, {
    nullable: true,
    description:
      'Null unless verified: a signed JWT (EdDSA) for your back end, which checks it against `/.well-known/jwks.json`. Claims: `iss sub channel purpose jti iat exp`, and `aud` and `nonce` when set.',
  })
  proof: string | null;

  /** Resolves the field `verification`, which is read from the database when it is asked for. */
  verificationId: string;
}
