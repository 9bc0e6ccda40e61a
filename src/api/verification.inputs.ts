import { IsOptional, Matches, MaxLength, MinLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

/** Without control characters, of which PostgreSQL refuses the first, and without halves of characters. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;
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
  @MinLength(1, { message: 'must be 1 to 255 characters' })
  @MaxLength(255, { message: 'must be 1 to 255 characters' })
  idempotencyKey?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Up to 255 characters, none of them a control character, that the proof repeats, so that your back end knows it belongs to this session.',
  })
  @IsOptional()
  @MinLength(1, { message: 'must be 1 to 255 characters' })
  @MaxLength(255, { message: 'must be 1 to 255 characters' })
  @Matches(PRINTABLE, {
    message: 'must not contain control characters',
    context: { rule: 'INVALID_CHARACTERS' },
  })
  nonce?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The end user's IP address. Believed only from holders of an application key, whose own address is not limited.",
  })
  @IsOptional()
  @MaxLength(45, { message: 'must be at most 45 characters' })
  clientIp?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What the human check on the page (Turnstile, hCaptcha) gave; wanted when a request is answered by HUMAN_CHECK_REQUIRED. Good once.',
  })
  @IsOptional()
  @MinLength(1, { message: 'must be 1 to 8192 characters' })
  @MaxLength(8192, { message: 'must be 1 to 8192 characters' })
  humanToken?: string | null;
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
  @MinLength(1, { message: 'must be 1 to 255 characters' })
  @MaxLength(255, { message: 'must be 1 to 255 characters' })
  idempotencyKey?: string | null;
}
