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
  CodeRefusal,
  VerificationStatus,
} from './verification.enums';

@ObjectType({ description: 'The latest message of a verification.' })
export class Delivery {
  @Field(() => DeliveryStatus, {
    description: 'The status of the message. Query `verification` again to follow it.',
  })
  status: DeliveryStatusValue;

  @Field(() => DeliveryFailure, {
    nullable: true,
    description: 'Why the message will not arrive; null unless `status` is FAILED.',
  })
  failure: FailureValue | null;

  @Field(() => Date, {
    description: 'When this delivery last changed; it also changes while `status` stays the same.',
  })
  updatedAt: Date;
}

@ObjectType({
  description:
    'A code that was requested for a recipient, and its progress. It does not contain the code itself.',
})
export class Verification {
  @Field(() => ID, {
    description: 'Id of the verification, an opaque string. Keep it to verify, resend or cancel the code.',
  })
  id: string;

  @Field(() => Channel, { description: 'The channel through which the code is sent.' })
  channel: ChannelValue;

  @Field(() => String, {
    description: 'The recipient, masked for display: `m***@example.com`, `+82 10-****-5678`.',
  })
  recipient: string;

  @Field(() => String, { description: 'What the code is for, as the request said.' })
  purpose: string;

  @Field(() => Int, { description: 'Number of digits of the code.' })
  codeLength: number;

  @Field(() => Int, { description: 'Number of attempts left. At 0 a pending verification is locked.' })
  attemptsRemaining: number;

  @Field(() => Date, { description: 'When the code was requested.' })
  createdAt: Date;

  @Field(() => Date, { description: 'When the code expires. A resend does not change it.' })
  expiresAt: Date;

  @Field(() => Date, {
    description:
      'The earliest time at which the cooldown accepts `resendCode` or a new request. Other limits may still refuse it.',
  })
  resendAvailableAt: Date;

  @Field(() => Int, {
    description:
      "Seconds until the code expires, as a whole number by the server's clock; 0 when the verification has ended. Count down from this value instead of comparing `expiresAt` with the device's clock, which may be wrong.",
  })
  expiresInSeconds: number;

  @Field(() => Int, {
    description:
      "Seconds until `resendCode` is accepted, as a whole number by the server's clock; 0 when it is accepted now and when the verification has ended.",
  })
  resendInSeconds: number;

  @Field(() => VerificationStatus, { description: 'The current status of the verification.' })
  status: StatusValue;

  @Field(() => Delivery, { description: 'The latest message of this verification.' })
  delivery: Delivery;
}

@ObjectType({ description: 'The result of verifying a code. A refused code is a result, not an error.' })
export class VerifyCodeResult {
  @Field(() => Boolean, {
    description: 'True when the code was correct. It is now used and not accepted again.',
  })
  verified: boolean;

  @Field(() => CodeRefusal, {
    nullable: true,
    description: 'Why the code was refused; null when `verified` is true.',
  })
  reason: VerifyRefusal | null;

  @Field(() => Int, { description: 'Number of attempts left. At 0 a new code must be requested.' })
  attemptsRemaining: number;

  @Field(() => String, {
    nullable: true,
    description:
      'A signed JWT (EdDSA) that proves the verification to your back end; null unless `verified` is true. The back end checks it against `/.well-known/jwks.json`. Its claims are `iss`, `sub`, `channel`, `purpose`, `jti`, `iat` and `exp`, and also `aud` and `nonce` where they are set.',
  })
  proof: string | null;

  /** For the field `verification`, which is read from the database only when a query selects it. */
  verificationId: string;
}
