import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type AuditLog } from '../../../audit/audit-log';
import { type DkimKeyState as StateValue } from '../../../sending-domain/dkim/dkim-key.entity';
import { type DkimActivation } from '../../../sending-domain/dkim/dkim-activation.service';
import { type DkimKeys } from '../../../sending-domain/dkim/dkim-keys.service';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { BAD_USER_INPUT, PROVIDER_ERROR, SES_BUSY, withErrors } from '../error-descriptions';
import { DkimDns, DkimKey, DkimKeyState } from './dkim.types';
import { CreateDkimKeyInput, ImportDkimKeyInput } from './email-identity.inputs';
import { toDkimKey, toEmailIdentity } from './email-identity.view';
import { ActivateDkimKeyResult } from './email-identity.types';

/** The operations on DKIM keys. */
@Resolver(() => DkimKey)
export class DkimKeyResolver {
  private readonly lookUps = new WeakMap<DkimKey, Promise<DkimDns>>();

  constructor(
    private readonly keys: DkimKeys,
    private readonly activation: DkimActivation,
    private readonly audit: AuditLog,
  ) {}

  @Admin()
  @Query(() => [DkimKey], {
    description: 'The DKIM keys of this server, newest first, including retired ones.',
  })
  async dkimKeys(
    @Arg('domain', () => String, {
      nullable: true,
      description: 'Only keys of this domain; without it the keys of all domains are listed.',
    })
    domain: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<DkimKey[]> {
    requireAdmin(context);
    return (await this.keys.list(domain ?? null)).map(toDkimKey);
  }

  @Admin()
  @Query(() => DkimKey, {
    nullable: true,
    description: 'The DKIM key with this id; null when there is none.',
  })
  async dkimKey(
    @Arg('id', () => ID, { description: 'Id of the key.' }) id: string,
    @Ctx() context: ApiContext,
  ): Promise<DkimKey | null> {
    requireAdmin(context);
    const key = await this.keys.find(id);
    return key && toDkimKey(key);
  }

  @Admin()
  @Mutation(() => DkimKey, {
    description: withErrors(
      'Generates an RSA key for signing the mail of a domain. Publish its `record` in DNS, then call `activateDkimKey`.',
      { BAD_USER_INPUT, CONFLICT: 'the selector was used before for this domain. Choose another one.' },
    ),
  })
  async createDkimKey(
    @Arg('input', () => CreateDkimKeyInput, { description: 'Domain, selector and size of the key.' })
    input: CreateDkimKeyInput,
    @Ctx() context: ApiContext,
  ): Promise<DkimKey> {
    const event = { ...requireAdmin(context), action: 'createDkimKey', target: input.domain };
    return this.audit.recorded(event, async () => toDkimKey(await this.keys.create(input)));
  }

  @Admin()
  @Mutation(() => DkimKey, {
    description: withErrors(
      'Stores an RSA key that was generated elsewhere. The private key is stored encrypted and never returned. Publish the `record` in DNS, then call `activateDkimKey`.',
      {
        BAD_USER_INPUT:
          'an argument is invalid. `fields` names the `rule` that the key, domain or selector breaks.',
        CONFLICT: 'the selector was used before for this domain. Choose another one.',
      },
    ),
  })
  async importDkimKey(
    @Arg('input', () => ImportDkimKeyInput, { description: 'Domain, selector and private key.' })
    input: ImportDkimKeyInput,
    @Ctx() context: ApiContext,
  ): Promise<DkimKey> {
    const event = { ...requireAdmin(context), action: 'importDkimKey', target: input.domain };
    return this.audit.recorded(event, async () => toDkimKey(await this.keys.import(input)));
  }

  @Admin()
  @Mutation(() => ActivateDkimKeyResult, {
    description: withErrors(
      "Gives the key to SES, which then signs the mail of the key's domain with it. Creates the SES identity of the domain if there is none. The call is refused until the record is found in DNS.",
      {
        NOT_FOUND: 'there is no key with this id.',
        CONFLICT:
          'the record is missing or wrong in DNS (`problems` lists what to correct), the key is retired, or another activation of this domain is running.',
        PROVIDER_ERROR,
        CHANNEL_UNAVAILABLE: SES_BUSY,
      },
    ),
  })
  async activateDkimKey(
    @Arg('id', () => ID, { description: 'Id of the key.' }) id: string,
    @Arg('force', () => Boolean, {
      defaultValue: false,
      description:
        'True gives the key to SES although its record was not found in DNS. Mail may then leave unsigned until the record is published.',
    })
    force: boolean,
    @Ctx() context: ApiContext,
  ): Promise<ActivateDkimKeyResult> {
    const detail = force ? 'forced' : null;
    const event = { ...requireAdmin(context), action: 'activateDkimKey', target: id, detail };
    return this.audit.recorded(event, async () => {
      const { key, identity, warnings } = await this.activation.activate(id, force);
      return { key: toDkimKey(key), identity: toEmailIdentity(identity), warnings };
    });
  }

  @Admin()
  @Mutation(() => DkimKey, {
    description: withErrors(
      'Retires a key that SES does not use, for example because its private key was leaked. A retired key cannot be activated again, and its selector cannot be reused.',
      {
        NOT_FOUND: 'there is no key with this id.',
        CONFLICT: 'SES uses this key. Activate another key first, or delete the identity.',
        PROVIDER_ERROR,
        CHANNEL_UNAVAILABLE: SES_BUSY,
      },
    ),
  })
  async retireDkimKey(
    @Arg('id', () => ID, { description: 'Id of the key.' }) id: string,
    @Ctx() context: ApiContext,
  ): Promise<DkimKey> {
    const event = { ...requireAdmin(context), action: 'retireDkimKey', target: id };
    return this.audit.recorded(event, async () => toDkimKey(await this.activation.retire(id)));
  }

  @FieldResolver(() => DkimDns, {
    description:
      'The state of the record in DNS, looked up when this field is requested (at most 5 seconds). If a new key has its correct record, the state of the key becomes PUBLISHED.',
  })
  dns(@Root() key: DkimKey): Promise<DkimDns> {
    const lookUp = this.lookUps.get(key) ?? this.keys.find(key.id).then((row) => this.keys.lookUp(row!));
    this.lookUps.set(key, lookUp);
    return lookUp;
  }

  @FieldResolver(() => DkimKeyState, { description: 'The state of the key in its life cycle.' })
  async state(@Root() key: DkimKey): Promise<StateValue> {
    return (await this.afterLookUp(key)).state;
  }

  @FieldResolver(() => Date, {
    nullable: true,
    description: 'When the correct record was first found in DNS; null before that.',
  })
  async publishedAt(@Root() key: DkimKey): Promise<Date | null> {
    return (await this.afterLookUp(key)).publishedAt;
  }

  @FieldResolver(() => [String], {
    description: withErrors(
      'The warnings that `activateDkimKey` would return now, each as a sentence. Read them before you activate the key. Requesting this field queries DNS and SES and changes nothing there.',
      { PROVIDER_ERROR, CHANNEL_UNAVAILABLE: SES_BUSY },
    ),
  })
  async activationWarnings(@Root() { id }: DkimKey): Promise<string[]> {
    return this.activation.warnings((await this.keys.find(id))!);
  }

  /** The same query may request `dns`, whose look-up may change the key while this field is resolved. */
  private async afterLookUp(key: DkimKey): Promise<DkimKey> {
    if (key.publishedAt !== null) return key;
    await new Promise(setImmediate);
    const lookUp = await this.lookUps.get(key)?.catch(() => null);
    return lookUp?.matches ? toDkimKey((await this.keys.find(key.id))!) : key;
  }
}
