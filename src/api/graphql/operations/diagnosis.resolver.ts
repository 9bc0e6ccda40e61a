import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { diagnose } from '../../../operations/diagnosis/diagnose';
import { type ReadStoryDeps, type Subject } from '../../../operations/diagnosis/read-story';
import { type RecipientReads } from '../../../operations/recipient-reads';
import { maskRecipient, parseKnownRecipient } from '../../../recipients/recipient';
import { badInput } from '../../../shared/errors';
import { type ApiContext, requireAdmin } from '../context';
import { BAD_USER_INPUT, withErrors } from '../error-descriptions';
import { Admin } from '../guards/key-required-plugin';
import { Diagnosis } from './diagnosis.types';

/** Answers why a user did not get a code. */
@Resolver()
export class DiagnosisResolver {
  constructor(
    private readonly deps: ReadStoryDeps,
    private readonly reads: RecipientReads,
    private readonly smsCountries: readonly string[],
  ) {}

  @Admin()
  @Query(() => Diagnosis, {
    description: withErrors(
      'Answers why a user did not get a code: the likely cause, what to do, and what happened in the last 24 hours. Give exactly one of `recipient` and `verificationId`. `npx injeung why` prints the same.',
      { BAD_USER_INPUT },
    ),
  })
  async why(
    @Arg('recipient', () => String, {
      nullable: true,
      description: 'An e-mail address, or a phone number in E.164 or national format.',
    })
    recipient: string | null | undefined,
    @Arg('verificationId', () => ID, {
      nullable: true,
      description: 'The id of a verification. The answer is then about this verification, whatever its age.',
    })
    verificationId: string | null | undefined,
    @Arg('all', () => Boolean, {
      defaultValue: false,
      description: 'True: what is stored, whatever its age, of at most 200 verifications: the newest ones.',
    })
    all: boolean,
    @Ctx() context: ApiContext,
  ): Promise<Diagnosis> {
    const operator = requireAdmin(context);
    const subject = this.subjectOf(recipient, verificationId);
    const { timeline, recipient: found, ...rest } = await diagnose(this.deps, subject, !all);
    // A recipient in the wrong argument must not reach the log.
    const target = found === null ? null : (verificationId ?? null);
    await this.reads.record(operator, 'why', found, target);
    return {
      ...rest,
      recipient: found && maskRecipient(found),
      timeline: timeline.map((entry) => ({ ...entry, at: new Date(entry.at) })),
    };
  }

  private subjectOf(
    recipient: string | null | undefined,
    verificationId: string | null | undefined,
  ): Subject {
    const [isRecipient, isVerification] = [recipient, verificationId].map(
      (value) => typeof value === 'string',
    );
    if (isRecipient === isVerification)
      throw badInput('recipient', 'EXACTLY_ONE', 'give exactly one of `recipient` and `verificationId`');
    if (typeof recipient === 'string')
      return { recipient: parseKnownRecipient(recipient, this.smsCountries, 'recipient') };
    return { verificationId: verificationId! };
  }
}
