import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import { type AuditLog } from '../../../audit/audit-log';
import { type ProofKeyRotation } from '../../../verification/proof/proof-key-rotation';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';

@ObjectType({ description: 'A new key for proofs.' })
class RotateProofKeyResult {
  @Field(() => ID, { description: 'The `kid` under which the JWKS lists the new key.' })
  kid: string;

  @Field(() => Date, { description: 'From when the new key signs; until then the one before it does.' })
  signsFrom: Date;
}

/** What operators do with the keys that sign proofs. */
@Resolver()
export class ProofKeyResolver {
  constructor(
    private readonly rotation: ProofKeyRotation,
    private readonly audit: AuditLog,
  ) {}

  @Admin()
  @Mutation(() => RotateProofKeyResult, {
    description:
      'Makes a new key for proofs before `PROOF_KEY_DAYS` have passed. It is published in the JWKS for 15 minutes before it signs, and other nodes know it within half a minute.',
  })
  async rotateProofKey(
    @Arg('revokeOld', () => Boolean, {
      defaultValue: false,
      description:
        'For a key that got out: the new one signs at once, and the older ones leave the JWKS at once, so that proofs they signed count no more; copies of the JWKS that others hold believe them for up to 5 minutes.',
    })
    revokeOld: boolean,
    @Ctx() context: ApiContext,
  ): Promise<RotateProofKeyResult> {
    const detail = revokeOld ? 'older keys revoked' : null;
    const event = { actor: requireAdmin(context), action: 'rotateProofKey', target: null, detail };
    const { kid, signsFrom } = await this.audit.recorded(event, () => this.rotation.rotateNow(revokeOld));
    return { kid, signsFrom: new Date(signsFrom) };
  }
}
