import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type CheckCode } from '../../../verification/check/check-code';
import { maskRecipient, parseEmail, parsePhone, type Recipient } from '../../../recipients/recipient';
import { type RequestCode } from '../../../verification/request/request-code';
import { type ResendCode } from '../../../verification/request/resend-code';
import { type CancelVerification } from '../../../verification/cancel-verification';
import { type VerificationReader } from '../../../verification/verification-reader';
import {
  type RequestOptions,
  type Verification as DomainVerification,
  type VerificationSettings,
} from '../../../verification/verification.types';
import { type ApiContext, endUserAddress, endUserIp, requireApp } from '../context';
import {
  BAD_USER_INPUT,
  CHANNEL_UNAVAILABLE,
  DATABASE_UNAVAILABLE,
  EMAIL_NOT_ALLOWED,
  HUMAN_CHECK_REQUIRED,
  RATE_LIMITED,
  RESEND_NOT_ALLOWED,
  SMS_NOT_ALLOWED,
  UNAUTHENTICATED,
  withErrors,
} from '../error-descriptions';
import {
  CLIENT_IP,
  RequestEmailCodeInput,
  RequestSmsCodeInput,
  VerifyCodeInput,
} from './verification.inputs';
import { Verification, VerifyCodeResult } from './verification.types';

const ID_DESCRIPTION = 'Id of the verification, as the request returned it.';
const KEY_REUSED = 'the `idempotencyKey` was used for a different input. Use a new key.';

export interface VerificationResolverDeps {
  requestCode: RequestCode;
  resendCode: ResendCode;
  checkCode: CheckCode;
  cancelVerification: CancelVerification;
  reader: VerificationReader;
  settings: Pick<VerificationSettings, 'smsCountries' | 'testRecipients'>;
}

/** The operations of front ends. */
@Resolver(() => VerifyCodeResult)
export class VerificationResolver {
  constructor(private readonly deps: VerificationResolverDeps) {}

  @Mutation(() => Verification, {
    description: withErrors(
      'Sends a new code by e-mail. The answer comes as soon as the request is stored, usually before the message is sent. Query `verification` and read `delivery` to follow the message.',
      {
        BAD_USER_INPUT,
        RECIPIENT_NOT_ALLOWED: EMAIL_NOT_ALLOWED,
        RATE_LIMITED,
        HUMAN_CHECK_REQUIRED,
        CONFLICT: KEY_REUSED,
        CHANNEL_UNAVAILABLE,
        UNAUTHENTICATED,
      },
    ),
  })
  async requestEmailCode(
    @Arg('input', () => RequestEmailCodeInput, {
      description: 'The recipient and the options of the request.',
    })
    input: RequestEmailCodeInput,
    @Ctx() context: ApiContext,
  ): Promise<Verification> {
    requireApp(context);
    return this.request(parseEmail(input.email, 'input.email'), input, context);
  }

  @Mutation(() => Verification, {
    description: withErrors(
      'Sends a new code by SMS. The answer comes as soon as the request is stored, usually before the message is sent. Query `verification` and read `delivery` to follow the message.',
      {
        BAD_USER_INPUT,
        RECIPIENT_NOT_ALLOWED: SMS_NOT_ALLOWED,
        RATE_LIMITED,
        HUMAN_CHECK_REQUIRED,
        CONFLICT: KEY_REUSED,
        CHANNEL_UNAVAILABLE,
        UNAUTHENTICATED,
      },
    ),
  })
  async requestSmsCode(
    @Arg('input', () => RequestSmsCodeInput, { description: 'The recipient and the options of the request.' })
    input: RequestSmsCodeInput,
    @Ctx() context: ApiContext,
  ): Promise<Verification> {
    requireApp(context);
    const { smsCountries, testRecipients } = this.deps.settings;
    return this.request(
      parsePhone(input.phoneNumber, smsCountries, 'input.phoneNumber', testRecipients),
      input,
      context,
    );
  }

  @Mutation(() => Verification, {
    description: withErrors(
      'Sends the same code again. The expiry of the code and its remaining attempts do not change.',
      {
        BAD_USER_INPUT,
        NOT_FOUND: 'there is no verification with this id.',
        RECIPIENT_NOT_ALLOWED: RESEND_NOT_ALLOWED,
        CONFLICT: 'the verification has ended. Request a new code.',
        RATE_LIMITED,
        HUMAN_CHECK_REQUIRED,
        CHANNEL_UNAVAILABLE,
        UNAUTHENTICATED,
      },
    ),
  })
  async resendCode(
    @Arg('verificationId', () => ID, { description: ID_DESCRIPTION }) verificationId: string,
    @Ctx() context: ApiContext,
    @Arg('humanToken', () => String, {
      nullable: true,
      description:
        'The token of the human check (Turnstile or hCaptcha) that the user solved on the page. Required after the error HUMAN_CHECK_REQUIRED. Each token is accepted once.',
    })
    humanToken?: string | null,
    @Arg('clientIp', () => String, { nullable: true, description: CLIENT_IP }) clientIp?: string | null,
  ): Promise<Verification> {
    requireApp(context);
    const address = endUserAddress(context, clientIp, 'clientIp');
    const human = { token: humanToken ?? null, remoteIp: endUserIp(context, clientIp), address };
    return toGraphQL(await this.deps.resendCode.run(verificationId, human));
  }

  @Mutation(() => VerifyCodeResult, {
    description: withErrors(
      'Verifies a code and uses up one attempt. A refused code is an answer (`verified: false` with a `reason`), not an error.',
      {
        BAD_USER_INPUT:
          'the code does not have exactly `codeLength` digits, or another field is invalid. No attempt is used up.',
        RATE_LIMITED:
          'too many wrong attempts were made for the recipient today. Try again after `retryAfterSeconds` seconds.',
        CHANNEL_UNAVAILABLE: DATABASE_UNAVAILABLE,
        UNAUTHENTICATED,
      },
    ),
  })
  async verifyCode(
    @Arg('input', () => VerifyCodeInput, { description: 'The verification and the code to verify.' })
    input: VerifyCodeInput,
    @Ctx() context: ApiContext,
  ): Promise<VerifyCodeResult> {
    requireApp(context);
    return { ...(await this.deps.checkCode.run(input)), verificationId: input.verificationId };
  }

  @Mutation(() => Verification, {
    description: withErrors(
      'Cancels a verification, so that its code is no longer accepted. A verification that has ended is returned unchanged.',
      {
        NOT_FOUND: 'there is no verification with this id.',
        CHANNEL_UNAVAILABLE: DATABASE_UNAVAILABLE,
        UNAUTHENTICATED,
      },
    ),
  })
  async cancelVerification(
    @Arg('verificationId', () => ID, { description: ID_DESCRIPTION }) verificationId: string,
    @Ctx() context: ApiContext,
  ): Promise<Verification> {
    requireApp(context);
    return toGraphQL(await this.deps.cancelVerification.run(verificationId));
  }

  @Query(() => Verification, {
    nullable: true,
    description: withErrors(
      'The verification with this id; null when there is none. Requires no key. Query it again every few seconds to follow `delivery`.',
      { CHANNEL_UNAVAILABLE: DATABASE_UNAVAILABLE },
    ),
  })
  async verification(
    @Arg('id', () => ID, { description: ID_DESCRIPTION }) id: string,
  ): Promise<Verification | null> {
    const verification = await this.deps.reader.find(id);
    return verification && toGraphQL(verification);
  }

  @FieldResolver(() => Verification, {
    nullable: true,
    name: 'verification',
    description: 'The verification after this attempt; null when there is no verification with this id.',
  })
  async checkedVerification(@Root() { verificationId }: VerifyCodeResult): Promise<Verification | null> {
    return this.verification(verificationId);
  }

  private async request(
    recipient: Recipient,
    input: RequestEmailCodeInput | RequestSmsCodeInput,
    context: ApiContext,
  ): Promise<Verification> {
    const address = endUserAddress(context, input.clientIp);
    const options: RequestOptions = {
      purpose: input.purpose,
      locale: input.locale ?? null,
      idempotencyKey: input.idempotencyKey,
      nonce: input.nonce,
      appHash: input instanceof RequestSmsCodeInput ? input.appHash : null,
      human: { token: input.humanToken ?? null, remoteIp: endUserIp(context, input.clientIp), address },
    };
    return toGraphQL(await this.deps.requestCode.run(recipient, options));
  }
}

function toGraphQL({ recipient, delivery, ...verification }: DomainVerification): Verification {
  return {
    ...verification,
    channel: recipient.channel,
    recipient: maskRecipient(recipient),
    createdAt: new Date(verification.createdAt),
    expiresAt: new Date(verification.expiresAt),
    resendAvailableAt: new Date(verification.resendAvailableAt),
    delivery: { ...delivery, updatedAt: new Date(delivery.updatedAt) },
  };
}
