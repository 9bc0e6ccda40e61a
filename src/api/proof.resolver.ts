import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  Mutation,
  ObjectType,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { type CodeCheckService } from '../verification/code-check.service';
import { Admin } from './admin-gate';
import { type ApiContext, requireAdmin } from './context';
import { type VerificationResolver } from './verification.resolver';
import { Verification } from './verification.types';

enum ProofRefusal {
  INVALID = 'INVALID',
  EXPIRED = 'EXPIRED',
  ALREADY_CONSUMED = 'ALREADY_CONSUMED',
}

registerEnumType(ProofRefusal, {
  name: 'ProofRefusal',
  description: 'Why a proof was not accepted.',
  valuesConfig: {
    INVALID: {
      description: 'Not signed by this service, for another audience, or of a verification that is gone.',
    },
    EXPIRED: { description: 'Its life is over.' },
    ALREADY_CONSUMED: { description: 'It was accepted before; a proof is good once.' },
  },
});

@ObjectType({ description: 'Whether a proof was accepted.' })
class ConsumeProofResult {
  @Field(() => Boolean, { description: 'True for the first time a good proof is shown.' })
  accepted: boolean;

  @Field(() => ProofRefusal, { nullable: true, description: 'Why not; null when accepted.' })
  reason: `${ProofRefusal}` | null;

  /** Resolves the field `verification`. */
  verificationId: string | null;
}

/** What an application's back end does with the admin key. */
@Resolver(() => ConsumeProofResult)
export class ProofResolver {
  constructor(
    private readonly checks: CodeCheckService,
    private readonly verifications: VerificationResolver,
  ) {}

  @Admin()
  @Mutation(() => ConsumeProofResult, {
    description: 'Accepts a proof of `verifyCode` once, at any concurrency and on any node.',
  })
  async consumeProof(
    @Arg('token', () => String, { description: 'The proof as `verifyCode` gave it.' }) token: string,
    @Ctx() context: ApiContext,
  ): Promise<ConsumeProofResult> {
    requireAdmin(context);
    return this.checks.consume(token);
  }

  @FieldResolver(() => Verification, {
    nullable: true,
    name: 'verification',
    description: 'What the proof is of; null when it is invalid or its verification is gone.',
  })
  async provenVerification(@Root() { verificationId }: ConsumeProofResult): Promise<Verification | null> {
    return verificationId === null ? null : this.verifications.verification(verificationId);
  }
}
