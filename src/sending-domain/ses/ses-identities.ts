import {
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  GetAccountCommand,
  GetEmailIdentityCommand,
  type GetEmailIdentityResponse,
  type IdentityType,
  ListEmailIdentitiesCommand,
  PutEmailIdentityDkimAttributesCommand,
  PutEmailIdentityDkimSigningAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand,
  type SESv2Client,
  type VerificationStatus,
} from '@aws-sdk/client-sesv2';
import { createSesClient } from '../../channels/ses/ses-client';
import { AppError } from '../../shared/errors';
import { SesCalls } from './ses-call';
import {
  type EmailIdentity,
  type IdentityFilter,
  type IdentityMailFrom,
  type IdentityPage,
  type MxFailureBehavior,
  type SesAccount,
  type SigningKey,
} from './ses-identities.types';

/** The largest page of SES (SES API v2, `ListEmailIdentities`). SES may return fewer entries. */
const PAGE_SIZE = 1000;
/** SES's rate limit for all calls but SendEmail (Amazon SES Developer Guide, "Service quotas"). */
const CALLS_PER_SECOND = 1;

export interface SesIdentitiesSettings {
  region: string;
  /** Replaces SES's rate limit, in tests. */
  callsPerSecond?: number;
}

/**
 * The identities of the account in SES API v2. Every method throws AppError PROVIDER_ERROR for an error of
 * SES.
 */
export class SesIdentities {
  private readonly client: SESv2Client;
  private readonly calls: SesCalls;

  constructor({ region, callsPerSecond = CALLS_PER_SECOND }: SesIdentitiesSettings) {
    this.client = createSesClient(region);
    this.calls = new SesCalls(callsPerSecond);
  }

  /** Returns one page of SES's list; the first one when `token` is null. */
  async page(filter: IdentityFilter, token: string | null): Promise<IdentityPage> {
    const command = new ListEmailIdentitiesCommand({
      PageSize: PAGE_SIZE,
      NextToken: token ?? undefined,
      Filter: toSesFilter(filter),
    });
    const answer = await this.send((abortSignal) => this.client.send(command, { abortSignal }));
    const identities = (answer.EmailIdentities ?? []).map((one) => ({
      name: one.IdentityName ?? '',
      type: one.IdentityType ?? '',
      verifiedForSending: one.SendingEnabled ?? false,
      verificationStatus: one.VerificationStatus ?? null,
    }));
    return { identities, nextToken: answer.NextToken ?? null };
  }

  /** Null when SES has no identity with this name. */
  async find(name: string): Promise<EmailIdentity | null> {
    const command = new GetEmailIdentityCommand({ EmailIdentity: name });
    try {
      return toIdentity(name, await this.send((abortSignal) => this.client.send(command, { abortSignal })));
    } catch (error) {
      if (sesErrorName(error) === 'NotFoundException') return null;
      throw error;
    }
  }

  /** @throws AppError CONFLICT when the identity exists. Without a key, a domain gets Easy DKIM. */
  async create(name: string, key: SigningKey | null): Promise<void> {
    const command = new CreateEmailIdentityCommand({
      EmailIdentity: name,
      DkimSigningAttributes: key ? toSesKey(key) : undefined,
    });
    try {
      await this.send((abortSignal) => this.client.send(command, { abortSignal }));
    } catch (error) {
      if (sesErrorName(error) !== 'AlreadyExistsException') throw error;
      throw new AppError('CONFLICT', `SES already has an identity ${name}`);
    }
  }

  /**
   * Makes SES sign with this key (BYODKIM). The DKIM status of the domain is PENDING until SES has found the
   * record.
   */
  async signWith(name: string, key: SigningKey): Promise<void> {
    const command = new PutEmailIdentityDkimSigningAttributesCommand({
      EmailIdentity: name,
      SigningAttributesOrigin: 'EXTERNAL',
      SigningAttributes: toSesKey(key),
    });
    await this.change(name, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  /** @throws AppError NOT_FOUND when SES has no identity with this name. */
  async setSigning(name: string, enabled: boolean): Promise<void> {
    const command = new PutEmailIdentityDkimAttributesCommand({
      EmailIdentity: name,
      SigningEnabled: enabled,
    });
    await this.change(name, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  /**
   * Sets the MAIL FROM domain. Null removes it: a call without a domain disables it (SES API v2).
   *
   * @throws AppError NOT_FOUND when SES has no identity with this name.
   */
  async setMailFrom(
    name: string,
    mailFrom: { domain: string; onMxFailure: MxFailureBehavior } | null,
  ): Promise<void> {
    const command = new PutEmailIdentityMailFromAttributesCommand({
      EmailIdentity: name,
      MailFromDomain: mailFrom?.domain,
      BehaviorOnMxFailure: mailFrom?.onMxFailure,
    });
    await this.change(name, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  /** @throws AppError NOT_FOUND when SES has no identity with this name. */
  async delete(name: string): Promise<void> {
    const command = new DeleteEmailIdentityCommand({ EmailIdentity: name });
    await this.change(name, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  async account(): Promise<SesAccount> {
    const command = new GetAccountCommand({});
    const answer = await this.send((abortSignal) => this.client.send(command, { abortSignal }));
    return {
      productionAccess: answer.ProductionAccessEnabled ?? false,
      sendingEnabled: answer.SendingEnabled ?? false,
      enforcementStatus: answer.EnforcementStatus ?? null,
      max24HourSend: answer.SendQuota?.Max24HourSend ?? null,
      maxSendRate: answer.SendQuota?.MaxSendRate ?? null,
      sentLast24Hours: answer.SendQuota?.SentLast24Hours ?? null,
    };
  }

  close(): void {
    this.calls.close();
    this.client.destroy();
  }

  private async change(name: string, call: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    try {
      await this.send(call);
    } catch (error) {
      if (sesErrorName(error) !== 'NotFoundException') throw error;
      throw new AppError('NOT_FOUND', `SES has no identity ${name}`);
    }
  }

  private send<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.calls.make(call);
  }
}

function sesErrorName(error: unknown): unknown {
  return error instanceof AppError && error.code === 'PROVIDER_ERROR' ? error.extensions.name : undefined;
}

function toSesKey({ selector, privateKey }: SigningKey) {
  return { DomainSigningSelector: selector, DomainSigningPrivateKey: privateKey };
}

function toSesFilter({ type, verificationStatus, nameContains }: IdentityFilter) {
  const filter = {
    ...(type ? { IDENTITY_TYPE: type as IdentityType } : {}),
    ...(verificationStatus ? { VERIFICATION_STATUS: verificationStatus as VerificationStatus } : {}),
    ...(nameContains ? { IDENTITY_NAME_CONTAINS: nameContains } : {}),
  };
  return Object.keys(filter).length > 0 ? filter : undefined;
}

function toIdentity(name: string, answer: GetEmailIdentityResponse): EmailIdentity {
  const { DkimAttributes: dkim, VerificationInfo: info } = answer;
  return {
    name,
    type: answer.IdentityType ?? '',
    verifiedForSending: answer.VerifiedForSendingStatus ?? false,
    verificationStatus: answer.VerificationStatus ?? null,
    verificationError: info?.ErrorType ?? null,
    lastCheckedAt: info?.LastCheckedTimestamp ?? null,
    lastSuccessAt: info?.LastSuccessTimestamp ?? null,
    dkim: {
      origin: dkim?.SigningAttributesOrigin ?? null,
      signingEnabled: dkim?.SigningEnabled ?? false,
      status: dkim?.Status ?? null,
      tokens: dkim?.Tokens ?? [],
      signingHostedZone: dkim?.SigningHostedZone ?? null,
    },
    mailFrom: toMailFrom(answer),
    configurationSet: answer.ConfigurationSetName ?? null,
  };
}

/** SES also returns attributes without a domain when none is set. */
function toMailFrom({ MailFromAttributes: mailFrom }: GetEmailIdentityResponse): IdentityMailFrom | null {
  if (!mailFrom?.MailFromDomain) return null;
  return {
    domain: mailFrom.MailFromDomain,
    status: mailFrom.MailFromDomainStatus ?? null,
    onMxFailure: mailFrom.BehaviorOnMxFailure ?? null,
  };
}
