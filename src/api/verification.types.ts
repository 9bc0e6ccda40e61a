import { IsOptional, Length, Matches, MaxLength } from 'class-validator';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import {
  type Channel as ChannelValue,
  type DeliveryFailure as FailureValue,
} from '../channels/provider.types';
import { type DeliveryStatus as DeliveryStatusValue } from '../delivery/delivery.entity';
import {
  type VerificationStatus as StatusValue,
  type VerifyRefusal,
} from '../verification/verification.types';

/** GraphQL wants enums as objects; the domain's string unions stay the source of their names. */
function enumOf<T extends string>(
  name: string,
  description: string,
  values: Record<T, string>,
): Record<T, T> {
  const names = Object.keys(values) as T[];
  const object = Object.fromEntries(names.map((value) => [value, value])) as Record<T, T>;
  const valuesConfig = Object.fromEntries(names.map((value) => [value, { description: values[value] }]));
  registerEnumType(object, {
    name,
    description,
    valuesConfig: valuesConfig as Record<T, { description: string }>,
  });
  return object;
}

export const Channel = enumOf<ChannelValue>('Channel', 'How a code reaches its recipient.', {
  EMAIL: 'By e-mail.',
  SMS: 'By text message.',
});

export const VerificationStatus = enumOf<StatusValue>('VerificationStatus', 'Where a verification stands.', {
  PENDING: 'A code is out and can be checked or sent again.',
  VERIFIED: 'The right code was given. A code is good once.',
  EXPIRED: "The code's life is over. Request a new one.",
  LOCKED: 'All tries were used up by wrong codes. Request a new one.',
  CANCELED: 'It was canceled. Request a new one.',
});

export const DeliveryStatus = enumOf<DeliveryStatusValue>(
  'DeliveryStatus',
  "Where a verification's latest message stands.",
  {
    QUEUED: 'It will be sent in a moment, or is being tried again.',
    SENT: 'A provider has taken it; whether it arrived is not known yet.',
    DELIVERED: 'It arrived at the mailbox or handset.',
    FAILED: 'It will not arrive; `failure` says why.',
  },
);

export const DeliveryFailure = enumOf<FailureValue>(
  'DeliveryFailure',
  'Why a message will not arrive, as far as a front end can act on it.',
  {
    INVALID_RECIPIENT: 'No such address or number. Ask the user to check it.',
    UNREACHABLE:
      'It exists but cannot be reached now (handset off, mailbox full). Try later or the other channel.',
    BLOCKED: 'The recipient or their carrier refuses messages from this sender. Offer the other channel.',
    SENDER_REFUSED:
      "Every provider refused this service's account, settings or content. Only the operator can help.",
    EXPIRED: 'No provider took it before the code expired. Request a new one.',
    NO_LONGER_NEEDED: 'The code was used, locked or canceled before the message left.',
  },
);

export const RefusalReason = enumOf<VerifyRefusal>(
  'RefusalReason',
  'Why a code was refused. Where several fit, the first in the order of ALREADY_USED, CANCELED, LOCKED, EXPIRED, WRONG_CODE.',
  {
    WRONG_CODE: 'Not the code. `attemptsRemaining` tries are left; with 0 the verification is locked.',
    EXPIRED: "The code's life is over. Request a new one.",
    LOCKED: 'All tries were used up before. Request a new one.',
    ALREADY_USED: 'The code was used before; a code is good once.',
    CANCELED: 'The verification was canceled. Request a new one.',
    NOT_FOUND: 'There is no such verification: a wrong id, or one purged long ago.',
  },
);

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

const PURPOSE = /^[a-z][a-z0-9-]{0,31}$/;

@InputType({ description: 'What both channels take besides the recipient.' })
abstract class RequestInput {
  @Field(() => String, {
    defaultValue: 'sign-up',
    description:
      'What the code is for: a lower-case letter, then up to 31 letters, digits or hyphens. It stands in the proof.',
  })
  @Matches(PURPOSE, {
    message: 'must be a lower-case letter, then up to 31 lower-case letters, digits or hyphens',
  })
  purpose: string;

  @Field(() => String, {
    nullable: true,
    description:
      "BCP 47 tag of the message's language: `ko`, `en` or a region of these. Anything else is the server's default.",
  })
  @IsOptional()
  @MaxLength(35, { message: 'must be at most 35 characters' })
  locale?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A random key of your own, 1 to 255 characters: the same request under it gives the same verification and sends nothing again, so a lost answer can be asked for once more. Another input under it is a CONFLICT.',
  })
  @IsOptional()
  @Length(1, 255, { message: 'must be 1 to 255 characters' })
  idempotencyKey?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Up to 255 characters that the proof repeats, so that your back end knows it belongs to this session.',
  })
  @IsOptional()
  @Length(1, 255, { message: 'must be 1 to 255 characters' })
  nonce?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The end user's IP address. Believed only from holders of an application key, whose own address is not limited.",
  })
  @IsOptional()
  @MaxLength(45, { message: 'must be at most 45 characters' })
  clientIp?: string | null;
}

@InputType({ description: 'Who gets a code by e-mail.' })
export class RequestEmailCodeInput extends RequestInput {
  @Field(() => String, {
    description: 'An e-mail address; an international domain may be written in its own letters.',
  })
  @MaxLength(254, { message: 'must be at most 254 characters' })
  email: string;
}

@InputType({ description: 'Who gets a code by SMS.' })
export class RequestSmsCodeInput extends RequestInput {
  @Field(() => String, {
    description:
      "A mobile number in E.164 (`+821012345678`) or in the national format of the server's first country (`010-1234-5678`).",
  })
  @MaxLength(40, { message: 'must be at most 40 characters' })
  phoneNumber: string;
}

@InputType({ description: 'A code that a user typed.' })
export class VerifyCodeInput {
  @Field(() => ID, { description: 'The id that the request answered.' })
  @MaxLength(255, { message: 'must be at most 255 characters' })
  verificationId: string;

  @Field(() => String, {
    description:
      'The code as it was typed: blanks, hyphens and full-width digits are forgiven. Anything else that is not `codeLength` digits is BAD_USER_INPUT and costs no try.',
  })
  @MaxLength(64, { message: 'must be at most 64 characters' })
  code: string;

  @Field(() => String, {
    nullable: true,
    description:
      'A random key of your own: the same right code under it gets the same proof again for a minute, so a lost answer is no lost sign-up.',
  })
  @IsOptional()
  @Length(1, 255, { message: 'must be 1 to 255 characters' })
  idempotencyKey?: string | null;
}
