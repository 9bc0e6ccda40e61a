import { IsOptional, Matches, MinLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

/** Without control characters, of which PostgreSQL refuses the first, and without halves of characters. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;
const PURPOSE = /^[a-z][a-z0-9-]{0,31}$/;

export const CLIENT_IP =
  "The end user's IPv4 or IPv6 address, for the limit per address and the human check; a port, brackets and a zone id are ignored. Only the holder of an application key may pass it: from everyone else it is ignored and the connection's own address counts.";

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
  locale?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A random key of your own, 1 to 255 characters: the same request under it gives the same verification and sends nothing again, so a lost answer can be asked for once more. Another input under it is a CONFLICT.',
  })
  @IsOptional()
  @MinLength(1, { message: 'must be 1 to 255 characters' })
  idempotencyKey?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Up to 255 characters, none of them a control character, that the proof repeats, so that your back end knows it belongs to this session.',
  })
  @IsOptional()
  @MinLength(1, { message: 'must be 1 to 255 characters' })
  @Matches(PRINTABLE, {
    message: 'must not contain control characters',
    context: { rule: 'INVALID_CHARACTERS' },
  })
  nonce?: string | null;

  @Field(() => String, {
    nullable: true,
    description: CLIENT_IP,
  })
  clientIp?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What the human check on the page (Turnstile, hCaptcha) gave; wanted when a request is answered by HUMAN_CHECK_REQUIRED. Good once.',
  })
  @IsOptional()
  @MinLength(1, { message: 'must be 1 to 8192 characters' })
  humanToken?: string | null;
}

@InputType({ description: 'Who gets a code by e-mail.' })
export class RequestEmailCodeInput extends RequestInput {
  @Field(() => String, {
    description:
      'An e-mail address as the user typed it; an international domain may be written in its own letters. White space around it and invisible characters are ignored, full-width ASCII is read.',
  })
  email: string;
}

@InputType({ description: 'Who gets a code by SMS.' })
export class RequestSmsCodeInput extends RequestInput {
  @Field(() => String, {
    description:
      "A mobile number as the user typed it, in E.164 (`+821012345678`) or in the national format of the server's first country (`010-1234-5678`). Spaces, hyphens, dots, parentheses and invisible characters are ignored, and the decimal digits of every script are read.",
  })
  phoneNumber: string;
}

@InputType({ description: 'A code that a user typed.' })
export class VerifyCodeInput {
  @Field(() => ID, { description: 'The id that the request answered.' })
  verificationId: string;

  @Field(() => String, {
    description:
      'The code as the user typed it: blanks, hyphens and invisible characters are ignored, and the decimal digits of every script are read. Anything else that is not `codeLength` digits is BAD_USER_INPUT and costs no attempt.',
  })
  code: string;

  @Field(() => String, {
    nullable: true,
    description:
      'A random key of your own: the same right code under it gets the same proof again for a minute, so a lost answer is no lost sign-up.',
  })
  @IsOptional()
  @MinLength(1, { message: 'must be 1 to 255 characters' })
  idempotencyKey?: string | null;
}
