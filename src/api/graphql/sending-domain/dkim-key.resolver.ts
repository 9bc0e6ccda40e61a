import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type AuditLog } from '../../../audit/audit-log';
import { type DkimKeyState as StateValue } from '../../../sending-domain/dkim/dkim-key.entity';
import { type DkimActivation } from '../../../sending-domain/dkim/dkim-activation.service';
import { type DkimKeys } from '../../../sending-domain/dkim/dkim-keys.service';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { DkimDns, DkimKey, DkimKeyState } from './dkim.types';
import { CreateDkimKeyInput, ImportDkimKeyInput } from './email-identity.inputs';
import { toDkimKey, toEmailIdentity } from './email-identity.view';
import { ActivateDkimKeyResult } from './email-identity.types';

/** DKIM keys, for operators. */
@Resolver(() => DkimKey)
export class DkimKeyResolver {
  private readonly looks = new WeakMap<DkimKey, Promise<DkimDns>>();

  constructor(
    private readonly keys: DkimKeys,
    private readonly activation: DkimActivation,
    private readonly audit: AuditLog,
  ) {}

  @Admin()
  @Query(() => [DkimKey], {
    description: "A domain's DKIM keys, newest first, retired ones too; those of all domains without one.",
  })
  async dkimKeys(
    @Arg('domain', () => String, { nullable: true, description: 'The domain that is signed.' })
    domain: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<DkimKey[]> {
    requireAdmin(context);
    return (await this.keys.list(domain ?? null)).map(toDkimKey);
  }

  @Admin()
  @Query(() => DkimKey, { nullable: true, description: 'A DKIM key by its id; null when there is none.' })
  async dkimKey(
    @Arg('id', () => ID, { description: "The key's id." }) id: string,
    @Ctx() context: ApiContext,
  ): Promise<DkimKey | null> {
    requireAdmin(context);
    const key = await this.keys.find(id);
    return key && toDkimKey(key);
  }

  @Admin()
  @Mutation(() => DkimKey, {
    description:
      'Makes an RSA key for a domain. Publish its `record`, then activate it. Errors: BAD_USER_INPUT, CONFLICT when the selector was used before.',
  })
  async createDkimKey(
    @Arg('input', () => CreateDkimKeyInput, { description: 'Domain, selector and size.' })
    input: CreateDkimKeyInput,
    @Ctx() context: ApiContext,
  ): Promise<DkimKey> {
    const event = { actor: requireAdmin(context), action: 'createDkimKey', target: input.domain };
    return this.audit.recorded(event, async () => toDkimKey(await this.keys.create(input)));
  }

  @Admin()
  @Mutation(() => DkimKey, {
    description:
      'Takes a key that was made elsewhere. Its private half is sealed and never comes out. Errors: BAD_USER_INPUT naming the rule that the key breaks, CONFLICT when the selector was used before.',
  })
  async importDkimKey(
    @Arg('input', () => ImportDkimKeyInput, { description: 'Domain, selector and private key.' })
    input: ImportDkimKeyInput,
    @Ctx() context: ApiContext,
  ): Promise<DkimKey> {
    const event = { actor: requireAdmin(context), action: 'importDkimKey', target: input.domain };
    return this.audit.recorded(event, async () => toDkimKey(await this.keys.import(input)));
  }

  @Admin()
  @Mutation(() => ActivateDkimKeyResult, {
    description:
      "Makes SES sign the key's domain with it, and makes the identity where SES has none. Refused until the record is seen in DNS with this key in it. Errors: NOT_FOUND, CONFLICT (with `problems`), PROVIDER_ERROR.",
  })
  async activateDkimKey(
    @Arg('id', () => ID, { description: "The key's id." }) id: string,
    @Arg('force', () => Boolean, {
      defaultValue: false,
      description: 'Goes on although the record is not seen: mail goes unsigned until it is.',
    })
    force: boolean,
    @Ctx() context: ApiContext,
  ): Promise<ActivateDkimKeyResult> {
    const detail = force ? 'forced' : null;
    const event = { actor: requireAdmin(context), action: 'activateDkimKey', target: id, detail };
    return this.audit.recorded(event, async () => {
      const { key, identity, warnings } = await this.activation.activate(id, force);
      return { key: toDkimKey(key), identity: toEmailIdentity(identity), warnings };
    });
  }

  @Admin()
  @Mutation(() => DkimKey, {
    description:
      'Ends the life of a key that is not in use, such as one that got into wrong hands. Errors: NOT_FOUND, CONFLICT while SES signs with it, PROVIDER_ERROR.',
  })
  async retireDkimKey(
    @Arg('id', () => ID, { description: "The key's id." }) id: string,
    @Ctx() context: ApiContext,
  ): Promise<DkimKey> {
    const event = { actor: requireAdmin(context), action: 'retireDkimKey', target: id };
    return this.audit.recorded(event, async () => toDkimKey(await this.activation.retire(id)));
  }

  @FieldResolver(() => DkimDns, {
    description:
      'How its record stands in DNS now. Asks name servers, 5 s at most; a new key whose record is right is PUBLISHED from then on.',
  })
  dns(@Root() key: DkimKey): Promise<DkimDns> {
    const look = this.looks.get(key) ?? this.keys.find(key.id).then((row) => this.keys.lookUp(row!));
    this.looks.set(key, look);
    return look;
  }

  @FieldResolver(() => DkimKeyState, { description: 'Where it is in its life.' })
  async state(@Root() key: DkimKey): Promise<StateValue> {
    return (await this.afterLook(key)).state;
  }

  @FieldResolver(() => Date, { nullable: true, description: 'When its record was first seen in DNS.' })
  async publishedAt(@Root() key: DkimKey): Promise<Date | null> {
    return (await this.afterLook(key)).publishedAt;
  }

  @FieldResolver(() => [String], {
    description:
      'What activating it now would warn of, in sentences: ask before you do. Asks DNS and SES. Errors: PROVIDER_ERROR.',
  })
  async activationWarnings(@Root() { id }: DkimKey): Promise<string[]> {
    return this.activation.warnings((await this.keys.find(id))!);
  }

  /** A look at DNS that the same question asks for may just be changing the key. */
  private async afterLook(key: DkimKey): Promise<DkimKey> {
    if (key.publishedAt !== null) return key;
    await new Promise(setImmediate);
    const look = await this.looks.get(key)?.catch(() => null);
    return look?.matches ? toDkimKey((await this.keys.find(key.id))!) : key;
  }
}
