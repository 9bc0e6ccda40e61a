import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type CodeCheckService } from '../../../verification/check/code-check.service';
import { maskRecipient, parseEmail, parsePhone, type Recipient } from '../../../recipients/recipient';
import { type VerificationService } from '../../../verification/request/verification.service';
import {
  type Locale,
  type RequestOptions,
  type Verification as DomainVerification,
  type VerificationSettings,
} from '../../../verification/verification.types';
import { type ApiContext, endUserAddress, endUserIp, requireApp } from '../context';
import {
  CLIENT_IP,
  RequestEmailCodeInput,
  RequestSmsCodeInput,
  VerifyCodeInput,
} from './verification.inputs';
import { Verification, VerifyCodeResult } from './verification.types';

const ID_DESCRIPTION = 'The id that the request answered.';

/** What front ends do. */
@Resolver(() => VerifyCodeResult)
export class VerificationResolver {
  constructor(
    private readonly verifications: VerificationService,
    private readonly checks: CodeCheckService,
    private readonly settings: VerificationSettings,
  ) {}

  @Mutation(() => Verification, {
    description:
      'Sends a code by e-mail. Answers as soon as the request is safely kept; `delivery` tells how the message fares. Errors: BAD_USER_INPUT, RATE_LIMITED, HUMAN_CHECK_REQUIRED, CONFLICT, CHANNEL_UNAVAILABLE, UNAUTHENTICATED where application keys are set.',
  })
  async requestEmailCode(
    @Arg('input', () => RequestEmailCodeInput, { description: 'The recipient and the circumstances.' })
    input: RequestEmailCodeInput,
    @Ctx() context: ApiContext,
  ): Promise<Verification> {
    requireApp(context);
    return this.request(parseEmail(input.email, 'input.email'), input, context);
  }

  @Mutation(() => Verification, {
    description:
      'Sends a code by SMS. Answers as soon as the request is safely kept; `delivery` tells how the message fares. Errors: BAD_USER_INPUT, RECIPIENT_NOT_ALLOWED, RATE_LIMITED, HUMAN_CHECK_REQUIRED, CONFLICT, CHANNEL_UNAVAILABLE, UNAUTHENTICATED where application keys are set.',
  })
  async requestSmsCode(
    @Arg('input', () => RequestSmsCodeInput, { description: 'The recipient and the circumstances.' })
    input: RequestSmsCodeInput,
    @Ctx() context: ApiContext,
  ): Promise<Verification> {
    requireApp(context);
    const { smsCountries, testRecipients } = this.settings;
    return this.request(
      parsePhone(input.phoneNumber, smsCountries, 'input.phoneNumber', testRecipients),
      input,
      context,
    );
  }

  @Mutation(() => Verification, {
    description:
      'Sends the same code again. Neither its life nor its tries change. Errors: NOT_FOUND, CONFLICT when it has ended, RATE_LIMITED until `resendAvailableAt`, HUMAN_CHECK_REQUIRED instead of a shared limit where the check is on, CHANNEL_UNAVAILABLE, UNAUTHENTICATED where application keys are set.',
  })
  async resendCode(
    @Arg('verificationId', () => ID, { description: ID_DESCRIPTION }) verificationId: string,
    @Ctx() context: ApiContext,
    @Arg('humanToken', () => String, {
      nullable: true,
      description:
        'The token of the human check on the page; required after HUMAN_CHECK_REQUIRED. Each token is accepted once.',
    })
    humanToken?: string | null,
    @Arg('clientIp', () => String, { nullable: true, description: CLIENT_IP }) clientIp?: string | null,
  ): Promise<Verification> {
    requireApp(context);
    const address = endUserAddress(context, clientIp, 'clientIp');
    const human = { token: humanToken ?? null, remoteIp: endUserIp(context, clientIp), address };
    return toGraphQL(await this.verifications.resend(verificationId, address, human));
  }

  @Mutation(() => VerifyCodeResult, {
    description:
      'Checks a code and uses up a try. Errors: BAD_USER_INPUT when it is not `codeLength` digits, RATE_LIMITED when the recipient has seen too many wrong guesses today, UNAUTHENTICATED where application keys are set.',
  })
  async verifyCode(
    @Arg('input', () => VerifyCodeInput, { description: 'The verification and the code.' })
    input: VerifyCodeInput,
    @Ctx() context: ApiContext,
  ): Promise<VerifyCodeResult> {
    requireApp(context);
    return { ...(await this.checks.verify(input)), verificationId: input.verificationId };
  }

  @Mutation(() => Verification, {
    description:
      'Ends a verification, so that its code is good no more. One that has ended stays as it is. Errors: NOT_FOUND, UNAUTHENTICATED where application keys are set.',
  })
  async cancelVerification(
    @Arg('verificationId', () => ID, { description: ID_DESCRIPTION }) verificationId: string,
    @Ctx() context: ApiContext,
  ): Promise<Verification> {
    requireApp(context);
    return toGraphQL(await this.verifications.cancel(verificationId));
  }

  @Query(() => Verification, {
    nullable: true,
    description: 'A verification by its id; null when there is none.',
  })
  async verification(
    @Arg('id', () => ID, { description: ID_DESCRIPTION }) id: string,
  ): Promise<Verification | null> {
    const verification = await this.verifications.find(id);
    return verification && toGraphQL(verification);
  }

  @FieldResolver(() => Verification, {
    nullable: true,
    name: 'verification',
    description: 'The verification after this try; null when there is none.',
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
      locale: this.locale(input.locale),
      idempotencyKey: input.idempotencyKey,
      nonce: input.nonce,
      address,
      human: { token: input.humanToken ?? null, remoteIp: endUserIp(context, input.clientIp), address },
    };
    return toGraphQL(await this.verifications.request(recipient, options));
  }

  private locale(tag: string | null | undefined): Locale {
    const language = tag?.toLowerCase().split(/[-_]/)[0];
    return language === 'ko' || language === 'en' ? language : this.settings.defaultLocale;
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
