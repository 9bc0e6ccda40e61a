import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type AuditLog } from '../../../audit/audit-log';
import { type CompanionCheck } from '../../../sending-domain/dns/companion-check';
import { type DkimActivation } from '../../../sending-domain/dkim/dkim-activation.service';
import { type DkimKeys } from '../../../sending-domain/dkim/dkim-keys.service';
import {
  type EmailIdentities,
  requireIdentityName,
} from '../../../sending-domain/ses/email-identities.service';
import { type EmailIdentity as DomainIdentity } from '../../../sending-domain/ses/ses-identities.types';
import { badInput } from '../../../shared/errors';
import { cleanText } from '../../../recipients/typed-text';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { DkimKey } from './dkim.types';
import { CreateEmailIdentityInput } from './email-identity.inputs';
import {
  CompanionRecord,
  EmailIdentity,
  EmailIdentityConnection,
  EmailIdentityFilter,
  type ListedEmailIdentity,
} from './email-identity.types';
import { toDkimKey, toDnsRecord, toEmailIdentity } from './email-identity.view';
import { AFTER, type Connection, FIRST, pageSize, toConnection } from '../pagination';

const NAME = 'A domain or an address.';

/** The identities that the SES account sends from, for operators. */
@Resolver(() => EmailIdentity)
export class EmailIdentityResolver {
  constructor(
    private readonly identities: EmailIdentities,
    private readonly keys: DkimKeys,
    private readonly activation: DkimActivation,
    private readonly lookUpCompanions: (identity: {
      name: string;
      mailFromDomain: string | null;
    }) => Promise<CompanionCheck[]>,
    private readonly audit: AuditLog,
  ) {}

  @Admin()
  @Query(() => EmailIdentityConnection, {
    description: "The SES account's identities in SES's order. Errors: BAD_USER_INPUT, PROVIDER_ERROR.",
  })
  async emailIdentities(
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg('filter', () => EmailIdentityFilter, { nullable: true, description: 'Which ones; all without it.' })
    filter: EmailIdentityFilter | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<Connection<ListedEmailIdentity>> {
    requireAdmin(context);
    const nameContains = filter?.nameContains && cleanText(filter.nameContains);
    const wanted = { ...filter, nameContains };
    return toConnection(await this.identities.list(wanted, pageSize(first), after || null));
  }

  @Admin()
  @Query(() => EmailIdentity, {
    nullable: true,
    description: 'An identity as SES knows it now; null when SES does not. Errors: PROVIDER_ERROR.',
  })
  async emailIdentity(
    @Arg('name', () => String, { description: NAME }) name: string,
    @Ctx() context: ApiContext,
  ): Promise<EmailIdentity | null> {
    requireAdmin(context);
    const identity = await this.identities.find(name);
    return identity && toEmailIdentity(identity);
  }

  @Admin()
  @Mutation(() => EmailIdentity, {
    description:
      'Makes an identity: a domain with a key of yours or with Easy DKIM, or an address. Errors: BAD_USER_INPUT, NOT_FOUND (the key), CONFLICT when SES has the identity or the record is not seen, PROVIDER_ERROR.',
  })
  async createEmailIdentity(
    @Arg('input', () => CreateEmailIdentityInput, { description: 'Its name and its key.' })
    input: CreateEmailIdentityInput,
    @Ctx() context: ApiContext,
  ): Promise<EmailIdentity> {
    const event = { actor: requireAdmin(context), action: 'createEmailIdentity', target: input.name };
    return this.audit.recorded(event, async () => toEmailIdentity(await this.create(input)));
  }

  @Admin()
  @Mutation(() => EmailIdentity, {
    description: "Switches DKIM signing of an identity's mail on or off. Errors: NOT_FOUND, PROVIDER_ERROR.",
  })
  async setDkimSigning(
    @Arg('name', () => String, { description: NAME }) name: string,
    @Arg('enabled', () => Boolean, { description: 'Whether SES is to sign.' }) enabled: boolean,
    @Ctx() context: ApiContext,
  ): Promise<EmailIdentity> {
    const detail = enabled ? 'on' : 'off';
    const event = { actor: requireAdmin(context), action: 'setDkimSigning', target: name, detail };
    return this.audit.recorded(event, async () =>
      toEmailIdentity(await this.identities.setSigning(name, enabled)),
    );
  }

  @Admin()
  @Mutation(() => Boolean, {
    description:
      'Deletes an identity: SES sends nothing from it any more. Its keys retire; their records may stay in DNS until `removalSafeAt`. Errors: NOT_FOUND, PROVIDER_ERROR.',
  })
  async deleteEmailIdentity(
    @Arg('name', () => String, { description: NAME }) name: string,
    @Ctx() context: ApiContext,
  ): Promise<boolean> {
    const event = { actor: requireAdmin(context), action: 'deleteEmailIdentity', target: name };
    await this.audit.recorded(event, () => this.identities.delete(name));
    return true;
  }

  @FieldResolver(() => [CompanionRecord], {
    description:
      'What a sending domain wants besides DKIM, and how it stands in DNS now. Asks name servers, 5 s at most; empty for addresses.',
  })
  async companions(@Root() { name, mailFromDomain }: EmailIdentity): Promise<CompanionRecord[]> {
    if (name.includes('@')) return [];
    const checks = await this.lookUpCompanions({ name, mailFromDomain });
    return checks.map(({ record, ...check }) => ({
      purpose: record.purpose,
      record: toDnsRecord(record),
      ...check,
    }));
  }

  @FieldResolver(() => [DkimKey], {
    description: "The domain's DKIM keys that this server holds, newest first, retired ones too.",
  })
  async dkimKeys(@Root() { name }: EmailIdentity): Promise<DkimKey[]> {
    return (await this.keys.list(name)).map(toDkimKey);
  }

  private async create({ name, dkimKeyId, force }: CreateEmailIdentityInput): Promise<DomainIdentity> {
    if (dkimKeyId === null || dkimKeyId === undefined) return this.identities.create(name);
    const domain = requireIdentityName(name);
    if (domain.includes('@'))
      throw badInput(
        'input.dkimKeyId',
        'NOT_APPLICABLE',
        'must not be given with an address: DKIM keys are for domains',
      );
    return (await this.activation.createIdentity(dkimKeyId, domain, force)).identity;
  }
}
