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
import { type ConsumeProof } from '../../../verification/proof/consume-proof';
import { BackEnd } from '../guards/key-required-plugin';
import { type ApiContext, requireBackEnd } from '../context';
import { DATABASE_UNAVAILABLE, withErrors } from '../error-descriptions';
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
        'The token is not a valid proof of this service: its signature, issuer or audience is wrong, or its verification no longer exists.',
    },
    EXPIRED: { description: 'The proof has expired. Verify a new code.' },
    ALREADY_CONSUMED: { description: 'The proof was accepted before. Each proof is accepted once.' },
  },
});

@ObjectType({ description: 'The result of consuming a proof.' })
class ConsumeProofResult {
  @Field(() => Boolean, { description: 'True only the first time that a valid proof is consumed.' })
  accepted: boolean;

  @Field(() => ProofRefusal, {
    nullable: true,
    description: 'Why the proof was not accepted; null when `accepted` is true.',
  })
  reason: `${ProofRefusal}` | null;

  /** Resolves the field `verification`. */
  verificationId: string | null;
}

/** Longer than any proof, because issuer, audience and nonce are limited. */
const MAX_PROOF_LENGTH = 8_192;

/** Lets the back end of an application accept a proof once. */
@Resolver(() => ConsumeProofResult)
export class ProofResolver {
  constructor(
    private readonly consuming: ConsumeProof,
    private readonly verifications: VerificationResolver,
  ) {}

  @BackEnd()
  @Mutation(() => ConsumeProofResult, {
    description: withErrors(
      'Accepts each proof that `verifyCode` returned exactly once, even if several callers or nodes consume it at the same time. A refused proof is an answer (`accepted: false`), not an error.',
      { CHANNEL_UNAVAILABLE: DATABASE_UNAVAILABLE },
    ),
  })
  async consumeProof(
    @Arg('token', () => String, { description: 'The proof, as `verifyCode` returned it.' }) token: string,
    @Ctx() context: ApiContext,
  ): Promise<ConsumeProofResult> {
    requireBackEnd(context);
    if (token.length > MAX_PROOF_LENGTH) return { accepted: false, reason: 'INVALID', verificationId: null };
    return this.consuming.run(token);
  }

  @FieldResolver(() => Verification, {
    nullable: true,
    name: 'verification',
    description:
      'The verification that the proof belongs to; null when the proof is invalid or the verification no longer exists.',
  })
  async provenVerification(@Root() { verificationId }: ConsumeProofResult): Promise<Verification | null> {
    return verificationId === null ? null : this.verifications.verification(verificationId);
  }
}
