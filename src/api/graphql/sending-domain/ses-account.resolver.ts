import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { type AuditLog } from '../../../audit/audit-log';
import {
  deriveSmtpPassword,
  SES_SMTP_PORTS,
  sesSmtpFaults,
  sesSmtpHost,
} from '../../../channels/ses/ses-smtp-credentials';
import { type SesIdentities } from '../../../sending-domain/ses/ses-identities';
import { AppError, badInputs } from '../../../shared/errors';
import { Admin } from '../guards/key-required-plugin';
import { type ApiContext, requireAdmin } from '../context';
import { DeriveSmtpCredentialsInput } from './email-identity.inputs';
import { SesAccount, SmtpCredentials } from './email-identity.types';

/** The SES account itself, for operators. */
@Resolver()
export class SesAccountResolver {
  constructor(
    private readonly ses: SesIdentities,
    private readonly audit: AuditLog,
  ) {}

  @Admin()
  @Query(() => SesAccount, {
    description: 'Whether the SES account may send, and how much. Errors: PROVIDER_ERROR.',
  })
  async sesAccount(@Ctx() context: ApiContext): Promise<SesAccount> {
    requireAdmin(context);
    return this.ses.account();
  }

  @Admin()
  @Mutation(() => SmtpCredentials, {
    description:
      "Derives SES SMTP credentials from an IAM user's key pair, as the SES console does. Answers over TLS or to this machine only. Errors: BAD_USER_INPUT for temporary keys and regions without an SMTP endpoint, CONFLICT when the connection is not confidential.",
  })
  async deriveSmtpCredentials(
    @Arg('input', () => DeriveSmtpCredentialsInput, { description: 'The key pair and the region.' })
    input: DeriveSmtpCredentialsInput,
    @Ctx() context: ApiContext,
  ): Promise<SmtpCredentials> {
    const { accessKeyId, region } = input;
    const event = { actor: requireAdmin(context), action: 'deriveSmtpCredentials', target: accessKeyId };
    return this.audit.recorded({ ...event, detail: region }, async () => {
      if (!context.confidential)
        throw new AppError('CONFLICT', 'a secret goes over TLS only: see TRUST_PROXY');
      refuse(sesSmtpFaults(input));
      return {
        username: accessKeyId,
        password: deriveSmtpPassword(input.secretAccessKey, region),
        host: sesSmtpHost(region),
        ports: [...SES_SMTP_PORTS],
      };
    });
  }
}

const RULE_OF = { accessKeyId: 'TEMPORARY_CREDENTIALS', region: 'UNSUPPORTED_REGION' } as const;

function refuse(faults: ReturnType<typeof sesSmtpFaults>): void {
  if (faults.length === 0) return;
  throw badInputs(
    faults.map(({ field, message }) => ({ path: `input.${field}`, rule: RULE_OF[field], message })),
  );
}
