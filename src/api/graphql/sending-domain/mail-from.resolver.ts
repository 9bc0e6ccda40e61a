import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { type AuditLog } from '../../../audit/audit-log';
import { type MailFromDomains } from '../../../sending-domain/ses/mail-from-domains.service';
import { type MxFailureBehavior as BehaviorValue } from '../../../sending-domain/ses/ses-identities.types';
import { badInput } from '../../../shared/errors';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { PROVIDER_ERROR, SES_BUSY, withErrors } from '../error-descriptions';
import { CompanionRecord } from './companion.types';
import { EmailIdentity } from './email-identity.types';
import { toCompanionRecord, toEmailIdentity } from './email-identity.view';
import { MailFrom, MxFailureBehavior } from './mail-from.types';

/** The operations on the MAIL FROM domains of SES identities. */
@Resolver(() => MailFrom)
export class MailFromResolver {
  constructor(
    private readonly mailFromDomains: MailFromDomains,
    private readonly audit: AuditLog,
  ) {}

  @Admin()
  @Mutation(() => EmailIdentity, {
    description: withErrors(
      'Makes SES send the mail of an identity with a MAIL FROM domain of the sender instead of its own, so that SPF aligns with the sender address. The call is refused until the MX and SPF records of the domain are found in DNS. SES then looks for the MX record itself, which takes up to 72 hours; `mailFrom.status` is PENDING until then.',
      {
        BAD_USER_INPUT:
          'the domain is not a subdomain of the identity, or it is used otherwise: by EMAIL_FROM, by EMAIL_REPLY_TO or as an identity. `fields` has the `rule`.',
        NOT_FOUND: 'SES has no identity with this name.',
        CONFLICT: 'a record is missing or wrong in DNS; `problems` lists what to correct.',
        PROVIDER_ERROR,
        CHANNEL_UNAVAILABLE: SES_BUSY,
      },
    ),
  })
  async setMailFromDomain(
    @Arg('name', () => String, { description: 'The name of the identity: a domain or an e-mail address.' })
    name: string,
    @Arg('mailFromDomain', () => String, {
      nullable: true,
      description:
        'A subdomain of the identity that is used for nothing else, such as `mail.example.com`. Null removes the MAIL FROM domain, so that SES uses its own.',
    })
    mailFromDomain: string | null | undefined,
    @Arg('onMxFailure', () => MxFailureBehavior, {
      defaultValue: 'USE_DEFAULT_VALUE',
      description:
        'What SES does with a message while it does not find the MX record. With REJECT_MESSAGE, SES refuses every message until it has found the record for the first time: set USE_DEFAULT_VALUE first, and REJECT_MESSAGE when `mailFrom.status` is SUCCESS. Ignored when the domain is removed.',
    })
    onMxFailure: BehaviorValue,
    @Arg('force', () => Boolean, {
      defaultValue: false,
      description: 'True sets the domain although its records were not found in DNS.',
    })
    force: boolean,
    @Ctx() context: ApiContext,
  ): Promise<EmailIdentity> {
    const operator = requireAdmin(context);
    // A forgotten argument must not remove the domain.
    if (mailFromDomain === undefined)
      throw badInput(
        'mailFromDomain',
        'REQUIRED',
        'must be a domain, or null to remove the MAIL FROM domain',
      );
    const change = { name, mailFromDomain, onMxFailure, force };
    const event = { ...operator, action: 'setMailFromDomain', target: name, detail: detailOf(change) };
    return this.audit.recorded(event, async () => toEmailIdentity(await this.mailFromDomains.set(change)));
  }

  @FieldResolver(() => [CompanionRecord], {
    description:
      'The records that the domain requires, and the state of each in DNS, looked up when this field is requested (at most 5 seconds).',
  })
  async records(@Root() { identity }: MailFrom): Promise<CompanionRecord[]> {
    return (await this.mailFromDomains.records(identity)).map(toCompanionRecord);
  }
}

function detailOf(change: { mailFromDomain: string | null; onMxFailure: string; force: boolean }): string {
  if (change.mailFromDomain === null) return 'removed';
  const forced = change.force ? ', forced' : '';
  return `${change.mailFromDomain.slice(0, 253)}, ${change.onMxFailure}${forced}`;
}
