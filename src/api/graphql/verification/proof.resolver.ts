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
import { type CodeCheckService } from '../../../verification/check/code-check.service';
import { BackEnd } from '../guards/key-required-plugin';
import { type ApiContext, requireBackEnd } from '../context';
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
      description:
        'The token is not a proof, another service signed it, it is for another audience, or its verification no longer exists.',
    },
    EXPIRED: { description: 'The proof has expired.' },
    ALREADY_CONSUMED: { description: 'The proof was accepted before. Each proof is accepted once.' },
  },
});

@ObjectType({ description: 'Whether a proof was accepted.' })
class ConsumeProofResult {
  @Field(() => Boolean, { description: 'True only the first time that a valid proof is consumed.' })
  accepted: boolean;

  @Field(() => ProofRefusal, {
    nullable: true,
    description: 'Why the proof was refused; null when it was accepted.',
  })
  reason: `${ProofRefusal}` | null;

  /** Resolves the field `verification`. */
  verificationId: string | null;
}

/** Longer than any proof: issuer, audience and nonce are bounded. */
const MAX_PROOF_LENGTH = 8_192;

/** Lets an application's back end use a proof once. */
@Resolver(() => ConsumeProofResult)
export class ProofResolver {
  constructor(
    private readonly checks: CodeCheckService,
    private readonly verifications: VerificationResolver,
  ) {}

  @BackEnd()
  @Mutation(() => ConsumeProofResult, {
    description: 'Accepts each proof of `verifyCode` once, at any concurrency and on any node.',
  })
  async consumeProof(
    @Arg('token', () => String, { description: 'The proof as `verifyCode` returned it.' }) token: string,
    @Ctx() context: ApiContext,
  ): Promise<ConsumeProofResult> {
    requireBackEnd(context);
    if (token.length > MAX_PROOF_LENGTH) return { accepted: false, reason: 'INVALID', verificationId: null };
    return this.checks.consume(token);
  }

  @FieldResolver(() => Verification, {
    nullable: true,
    name: 'verification',
    description:
      'The verification that the proof belongs to; null when the proof is invalid or its verification no longer exists.',
  })
  async provenVerification(@Root() { verificationId }: ConsumeProofResult): Promise<Verification | null> {
    return verificationId === null ? null : this.verifications.verification(verificationId);
  }
}
