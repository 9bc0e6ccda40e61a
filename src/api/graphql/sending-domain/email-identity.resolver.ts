import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type AuditLog } from '../../../audit/audit-log';
import { type DkimActivation } from '../../../sending-domain/dkim/dkim-activation.service';
import { type DkimKeys } from '../../../sending-domain/dkim/dkim-keys.service';
import { type EmailIdentities } from '../../../sending-domain/ses/email-identities.service';
import { requireIdentityName } from '../../../sending-domain/ses/identity-name';
import { type MailFromDomains } from '../../../sending-domain/ses/mail-from-domains.service';
import { type EmailIdentity as DomainIdentity } from '../../../sending-domain/ses/ses-identities.types';
import { badInput } from '../../../shared/errors';
import { cleanText } from '../../../recipients/typed-text';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { BAD_USER_INPUT, PROVIDER_ERROR, SES_BUSY, withErrors } from '../error-descriptions';
import { CompanionRecord } from './companion.types';
import { DkimKey } from './dkim.types';
import { CreateEmailIdentityInput } from './email-identity.inputs';
import {
  EmailIdentity,
  EmailIdentityConnection,
  EmailIdentityFilter,
  type ListedEmailIdentity,
} from './email-identity.types';
import { toCompanionRecord, toDkimKey, toEmailIdentity } from './email-identity.view';
import { AFTER, type Connection, FIRST, pageSize, toConnection } from '../pagination';

const NAME = 'The name of the identity: a domain or an e-mail address.';

export interface EmailIdentityResolverDeps {
  identities: EmailIdentities;
  keys: DkimKeys;
  activation: DkimActivation;
  mailFromDomains: MailFromDomains;
  audit: AuditLog;
}

/** The operations on the identities that the SES account sends from. */
@Resolver(() => EmailIdentity)
export class EmailIdentityResolver {
  constructor(private readonly deps: EmailIdentityResolverDeps) {}

  @Admin()
  @Query(() => EmailIdentityConnection, {
    description: withErrors("The identities of the SES account, in SES's order.", {
      BAD_USER_INPUT,
      PROVIDER_ERROR,
      CHANNEL_UNAVAILABLE: SES_BUSY,
    }),
  })
  async emailIdentities(
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg('filter', () => EmailIdentityFilter, {
      nullable: true,
      description: 'Restricts the list; without it every identity is listed.',
    })
    filter: EmailIdentityFilter | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<Connection<ListedEmailIdentity>> {
    requireAdmin(context);
    const nameContains = filter?.nameContains && cleanText(filter.nameContains);
    const normalized = { ...filter, nameContains };
    return toConnection(await this.deps.identities.list(normalized, pageSize(first), after || null));
  }

  @Admin()
  @Query(() => EmailIdentity, {
    nullable: true,
    description: withErrors(
      'The current state of an identity at SES; null when SES has no identity with this name.',
      { PROVIDER_ERROR, CHANNEL_UNAVAILABLE: SES_BUSY },
    ),
  })
  async emailIdentity(
    @Arg('name', () => String, { description: NAME }) name: string,
    @Ctx() context: ApiContext,
  ): Promise<EmailIdentity | null> {
    requireAdmin(context);
    const identity = await this.deps.identities.find(name);
    return identity && toEmailIdentity(identity);
  }

  @Admin()
  @Mutation(() => EmailIdentity, {
    description: withErrors(
      'Creates an SES identity: a domain that is signed with your own DKIM key or with Easy DKIM, or an e-mail address.',
      {
        BAD_USER_INPUT,
        NOT_FOUND: 'there is no DKIM key with this id.',
        CONFLICT:
          'SES already has the identity, the record of the key is missing or wrong in DNS (`problems` lists what to correct), or the key is retired.',
        PROVIDER_ERROR,
        CHANNEL_UNAVAILABLE: SES_BUSY,
      },
    ),
  })
  async createEmailIdentity(
    @Arg('input', () => CreateEmailIdentityInput, {
      description: 'The name of the identity and its DKIM key.',
    })
    input: CreateEmailIdentityInput,
    @Ctx() context: ApiContext,
  ): Promise<EmailIdentity> {
    const event = { ...requireAdmin(context), action: 'createEmailIdentity', target: input.name };
    return this.deps.audit.recorded(event, async () => toEmailIdentity(await this.create(input)));
  }

  @Admin()
  @Mutation(() => EmailIdentity, {
    description: withErrors('Switches DKIM signing for the mail of an identity on or off.', {
      NOT_FOUND: 'SES has no identity with this name.',
      PROVIDER_ERROR,
      CHANNEL_UNAVAILABLE: SES_BUSY,
    }),
  })
  async setDkimSigning(
    @Arg('name', () => String, { description: NAME }) name: string,
    @Arg('enabled', () => Boolean, { description: 'True to sign its mail, false to send it unsigned.' })
    enabled: boolean,
    @Ctx() context: ApiContext,
  ): Promise<EmailIdentity> {
    const detail = enabled ? 'on' : 'off';
    const event = { ...requireAdmin(context), action: 'setDkimSigning', target: name, detail };
    return this.deps.audit.recorded(event, async () =>
      toEmailIdentity(await this.deps.identities.setSigning(name, enabled)),
    );
  }

  @Admin()
  @Mutation(() => Boolean, {
    description: withErrors(
      'Deletes an identity, so that SES no longer sends mail from it. Its DKIM keys become RETIRED; leave their records in DNS until `removalSafeAt`.',
      { NOT_FOUND: 'SES has no identity with this name.', PROVIDER_ERROR, CHANNEL_UNAVAILABLE: SES_BUSY },
    ),
  })
  async deleteEmailIdentity(
    @Arg('name', () => String, { description: NAME }) name: string,
    @Ctx() context: ApiContext,
  ): Promise<boolean> {
    const event = { ...requireAdmin(context), action: 'deleteEmailIdentity', target: name };
    await this.deps.audit.recorded(event, () => this.deps.identities.delete(name));
    return true;
  }

  @FieldResolver(() => [CompanionRecord], {
    description:
      'The DNS records that a sending domain should have besides DKIM, and the state of each in DNS, looked up when this field is requested (at most 5 seconds). Empty for e-mail addresses.',
  })
  async companions(@Root() { name, mailFrom }: EmailIdentity): Promise<CompanionRecord[]> {
    if (name.includes('@')) return [];
    const identity = { name, mailFrom: mailFrom && mailFrom.identity.mailFrom };
    return (await this.deps.mailFromDomains.companions(identity)).map(toCompanionRecord);
  }

  @FieldResolver(() => [DkimKey], {
    description:
      'The DKIM keys of this domain that this server stores, newest first, including retired ones.',
  })
  async dkimKeys(@Root() { name }: EmailIdentity): Promise<DkimKey[]> {
    return (await this.deps.keys.list(name)).map(toDkimKey);
  }

  private async create({ name, dkimKeyId, force }: CreateEmailIdentityInput): Promise<DomainIdentity> {
    if (dkimKeyId === null || dkimKeyId === undefined) return this.deps.identities.create(name);
    const domain = requireIdentityName(name);
    if (domain.includes('@'))
      throw badInput(
        'input.dkimKeyId',
        'NOT_APPLICABLE',
        'must be omitted for an e-mail address: only domains have DKIM keys',
      );
    return (await this.deps.activation.createIdentity(dkimKeyId, domain, force)).identity;
  }
}
