import { IsOptional, Matches, MinLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { PURPOSE_NAME, PURPOSE_NAME_RULE } from '../../../shared/purpose-name';

/** Excludes control characters, because PostgreSQL does not store NUL, and halves of surrogate pairs. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;

export const CLIENT_IP =
  'The IPv4 or IPv6 address of the end user, for the limit per address and for the human check. A port, brackets and a zone id are ignored. Only callers with an application key may send it; for all others the value is ignored and the address of their connection is used.';

@InputType({ description: 'Fields that the inputs of both channels have in common.' })
abstract class RequestInput {
  @Field(() => String, {
    defaultValue: 'sign-up',
    description:
      'What the code is for, such as `sign-up` or `login`: a lower-case letter, then up to 31 lower-case letters, digits or hyphens. The proof contains it, so that a back end accepts only proofs for its purpose. A server whose purposes file is strict accepts only the purposes listed there; any other is BAD_USER_INPUT with the rule UNKNOWN_VALUE.',
  })
  @Matches(PURPOSE_NAME, { message: PURPOSE_NAME_RULE })
  purpose: string;

  @Field(() => String, {
    nullable: true,
    description:
      "The language of the message as a BCP 47 tag, such as `ko`, `en-US` or `zh-Hant-TW`. The most specific language with templates is used, and without one the server's `DEFAULT_LOCALE`. An SMS that Korean carriers cannot transmit is in English.",
  })
  locale?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A random string of 1 to 255 characters that identifies this request. Repeating the request with the same key returns the same verification and sends nothing again, so that a lost answer can be recovered. Using the key for a different input is a CONFLICT.',
  })
  @IsOptional()
  @MinLength(1, { message: 'must be 1 to 255 characters' })
  idempotencyKey?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A string of 1 to 255 characters without control characters, which the proof will contain. A back end compares it to make sure that the proof belongs to its own session.',
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
      'The token of the human check (Turnstile or hCaptcha) that the user solved on the page. Required after the error HUMAN_CHECK_REQUIRED. Each token is accepted once.',
  })
  @IsOptional()
  @MinLength(1, { message: 'must be 1 to 8192 characters' })
  humanToken?: string | null;
}

@InputType({ description: 'A request for a code by e-mail.' })
export class RequestEmailCodeInput extends RequestInput {
  @Field(() => String, {
    description:
      'The e-mail address as the user typed it. International domains are accepted. Surrounding white space and invisible characters are removed, and full-width characters are read as ASCII.',
  })
  email: string;
}

@InputType({ description: 'A request for a code by SMS.' })
export class RequestSmsCodeInput extends RequestInput {
  @Field(() => String, {
    description:
      'The mobile number as the user typed it: in E.164 (`+821012345678`), or in the national format of the first country of `SMS_COUNTRIES` (`010-1234-5678`). Spaces, hyphens, dots, parentheses and invisible characters are ignored, and the decimal digits of every script are accepted.',
  })
  phoneNumber: string;

  @Field(() => String, {
    nullable: true,
    description:
      "The hash of the Android app that requests the code, one of the server's `SMS_APP_HASHES`. The SMS ends with it instead of the WebOTP line, so that Android's SMS Retriever passes the message to the app. Resends keep it. A hash that is not listed is BAD_USER_INPUT with the rule UNKNOWN_VALUE. KakaoTalk messages do not contain it.",
  })
  appHash?: string | null;
}

@InputType({ description: 'A code to verify.' })
export class VerifyCodeInput {
  @Field(() => ID, { description: 'Id of the verification, as the request returned it.' })
  verificationId: string;

  @Field(() => String, {
    description:
      'The code as the user typed it. Spaces, hyphens and invisible characters are ignored, and the decimal digits of every script are accepted. Any other input that does not have exactly `codeLength` digits is BAD_USER_INPUT and does not use up an attempt.',
  })
  code: string;

  @Field(() => String, {
    nullable: true,
    description:
      'A random string of 1 to 255 characters that identifies this call. For one minute, repeating the correct code with the same key returns the same proof again, so that a lost answer can be recovered.',
  })
  @IsOptional()
  @MinLength(1, { message: 'must be 1 to 255 characters' })
  idempotencyKey?: string | null;
}
