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
import { PROVIDER_ERROR, SES_BUSY, withErrors } from '../error-descriptions';
import { DeriveSmtpCredentialsInput } from './email-identity.inputs';
import { SesAccount, SmtpCredentials } from './email-identity.types';

/** The operations on the SES account itself. */
@Resolver()
export class SesAccountResolver {
  constructor(
    private readonly ses: SesIdentities,
    private readonly audit: AuditLog,
  ) {}

  @Admin()
  @Query(() => SesAccount, {
    description: withErrors('Whether the SES account may send, and how much.', {
      PROVIDER_ERROR,
      CHANNEL_UNAVAILABLE: SES_BUSY,
    }),
  })
  async sesAccount(@Ctx() context: ApiContext): Promise<SesAccount> {
    requireAdmin(context);
    return this.ses.account();
  }

  @Admin()
  @Mutation(() => SmtpCredentials, {
    description: withErrors(
      'Derives SES SMTP credentials from the access key of an IAM user, as the SES console does. The answer contains a password, so it is given only over TLS or to a client on the same machine.',
      {
        BAD_USER_INPUT:
          'the access key is temporary, or the region has no SMTP endpoint. `fields` names the invalid field.',
        CONFLICT:
          'the connection is not encrypted. Use HTTPS, and set `TRUST_PROXY` when a proxy terminates it.',
      },
    ),
  })
  async deriveSmtpCredentials(
    @Arg('input', () => DeriveSmtpCredentialsInput, { description: 'The access key and the region.' })
    input: DeriveSmtpCredentialsInput,
    @Ctx() context: ApiContext,
  ): Promise<SmtpCredentials> {
    const { accessKeyId, region } = input;
    const event = { ...requireAdmin(context), action: 'deriveSmtpCredentials', target: accessKeyId };
    return this.audit.recorded({ ...event, detail: region }, async () => {
      if (!context.confidential)
        throw new AppError(
          'CONFLICT',
          'the answer contains a secret, so this operation requires HTTPS; if a proxy terminates TLS, set TRUST_PROXY on the server',
        );
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
