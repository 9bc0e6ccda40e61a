import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import { type AuditLog } from '../../../audit/audit-log';
import { type ProofKeyRotation } from '../../../verification/proof/proof-key-rotation';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { withErrors } from '../error-descriptions';

@ObjectType({ description: 'The result of a rotation: a new key that signs proofs.' })
class RotateProofKeyResult {
  @Field(() => ID, { description: 'The `kid` of the new key in `/.well-known/jwks.json`.' })
  kid: string;

  @Field(() => Date, { description: 'When the new key starts to sign. Until then the previous key signs.' })
  signsFrom: Date;
}

/** The operations on the keys that sign proofs. */
@Resolver()
export class ProofKeyResolver {
  constructor(
    private readonly rotation: ProofKeyRotation,
    private readonly audit: AuditLog,
  ) {}

  @Admin()
  @Mutation(() => RotateProofKeyResult, {
    description: withErrors(
      'Creates a new key for signing proofs now instead of after `PROOF_KEY_DAYS`. The key is in the JWKS for 15 minutes before it signs, so that verifiers that cache the JWKS know it in time. Other nodes load it within 30 seconds.',
      { CONFLICT: 'other nodes created keys at the same time. Try again.' },
    ),
  })
  async rotateProofKey(
    @Arg('revokeOld', () => Boolean, {
      defaultValue: false,
      description:
        'Set this when a key was leaked: the new key signs at once and the old keys leave the JWKS at once, so that proofs they signed are no longer valid. Verifiers with a cached JWKS accept them for up to 5 more minutes.',
    })
    revokeOld: boolean,
    @Ctx() context: ApiContext,
  ): Promise<RotateProofKeyResult> {
    const detail = revokeOld ? 'older keys revoked' : null;
    const event = { ...requireAdmin(context), action: 'rotateProofKey', target: null, detail };
    const { kid, signsFrom } = await this.audit.recorded(event, () => this.rotation.rotateNow(revokeOld));
    return { kid, signsFrom: new Date(signsFrom) };
  }
}
