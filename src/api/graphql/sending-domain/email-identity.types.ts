import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';
import { type SmtpSecurity as SecurityValue } from '../../../channels/ses/ses-smtp-credentials';
import { DkimKey, DnsRecord } from './dkim.types';
import { enumOf } from '../enum-of';
import { connectionType } from '../pagination';
import { MailFrom } from './mail-from.types';

const SES_STATUS =
  "SES's own value: PENDING, SUCCESS, FAILED, TEMPORARY_FAILURE or NOT_STARTED. SES may add values.";
const IDENTITY_TYPE = "SES's own value: EMAIL_ADDRESS, DOMAIN or MANAGED_DOMAIN. SES may add values.";

@ObjectType({ description: 'The DKIM settings of an identity at SES.' })
export class IdentityDkim {
  @Field(() => String, {
    nullable: true,
    description:
      "Whose key signs, as SES's own value: AWS_SES or AWS_SES_<REGION> for Easy DKIM, EXTERNAL for your own key. SES may add values. Null when SES does not say.",
  })
  origin: string | null;

  @Field(() => Boolean, { description: 'True when SES is set to sign the mail of the identity.' })
  signingEnabled: boolean;

  @Field(() => String, { nullable: true, description: SES_STATUS })
  status: string | null;

  @Field(() => [String], {
    description: 'The tokens of Easy DKIM. With your own key this is its selector or empty.',
  })
  tokens: string[];

  @Field(() => Boolean, {
    description:
      'True only when SES signs with your own key: `origin` is EXTERNAL, `signingEnabled` is true and `status` is SUCCESS.',
  })
  byodkimReady: boolean;

  @Field(() => [DnsRecord], {
    description:
      'The CNAME records to publish for Easy DKIM; empty with your own key and for e-mail addresses.',
  })
  records: DnsRecord[];
}

@ObjectType({ description: 'An identity as SES lists it. Query `emailIdentity(name)` for its details.' })
export class ListedEmailIdentity {
  @Field(() => String, { description: 'The domain or e-mail address.' })
  name: string;

  @Field(() => String, { description: IDENTITY_TYPE })
  type: string;

  @Field(() => Boolean, { description: 'True when SES allows sending from this identity.' })
  verifiedForSending: boolean;

  @Field(() => String, { nullable: true, description: SES_STATUS })
  verificationStatus: string | null;
}

@ObjectType({
  description:
    'A domain or an e-mail address that the SES account sends from, with its current state at SES.',
})
export class EmailIdentity extends ListedEmailIdentity {
  @Field(() => String, {
    nullable: true,
    description:
      "Why the last check of the DNS records by SES failed, as SES's own value, such as HOST_NOT_FOUND; null when it did not fail.",
  })
  verificationError: string | null;

  @Field(() => Date, {
    nullable: true,
    description: 'When SES last checked the DNS records; null before the first check.',
  })
  lastCheckedAt: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: 'When SES last found the DNS records correct; null when it never did.',
  })
  lastSuccessAt: Date | null;

  @Field(() => IdentityDkim, { description: 'The DKIM settings of this identity.' })
  dkim: IdentityDkim;

  @Field(() => MailFrom, {
    nullable: true,
    description: 'The custom MAIL FROM domain; null when SES uses its own domain.',
  })
  mailFrom: MailFrom | null;

  @Field(() => String, {
    nullable: true,
    deprecationReason: 'Use `mailFrom { domain }`.',
    description: 'The custom MAIL FROM domain; null when SES uses its own domain.',
  })
  mailFromDomain: string | null;

  @Field(() => String, {
    nullable: true,
    deprecationReason: 'Use `mailFrom { status }`.',
    description: SES_STATUS,
  })
  mailFromStatus: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The SES configuration set for messages that name none; null when there is none.',
  })
  configurationSet: string | null;
}

export const EmailIdentityConnection = connectionType(ListedEmailIdentity, 'EmailIdentity');

@ObjectType({ description: 'The result of an activation.' })
export class ActivateDkimKeyResult {
  @Field(() => DkimKey, { description: 'The key. Its state is PENDING, or ACTIVE if it was active before.' })
  key: DkimKey;

  @Field(() => EmailIdentity, { description: 'The identity of the domain, with its current state at SES.' })
  identity: EmailIdentity;

  @Field(() => [String], {
    description: 'What the operator should know or do, each as a sentence; empty when there is nothing.',
  })
  warnings: string[];
}

@ObjectType({ description: 'The SES account in the region `AWS_REGION`.' })
export class SesAccount {
  @Field(() => Boolean, {
    description:
      'False while the account is in the SES sandbox, which sends to verified recipients only, 200 messages in 24 hours and 1 per second.',
  })
  productionAccess: boolean;

  @Field(() => Boolean, { description: 'True when SES allows the account to send.' })
  sendingEnabled: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      "SES's own value: HEALTHY, PROBATION or SHUTDOWN. SES may add values. Null when SES does not say.",
  })
  enforcementStatus: string | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Maximum number of messages in 24 hours; -1 means no limit. Null when SES does not say.',
  })
  max24HourSend: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Maximum number of messages per second. Null when SES does not say.',
  })
  maxSendRate: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Number of messages sent in the last 24 hours. Null when SES does not say.',
  })
  sentLast24Hours: number | null;
}

const SmtpSecurity = enumOf<SecurityValue>('SmtpSecurity', 'How connections to a port are encrypted.', {
  STARTTLS:
    'The connection starts unencrypted and is upgraded to TLS. Configure the mail client to require the upgrade.',
  TLS: 'The connection uses TLS from the start.',
});

@ObjectType({ description: 'A port of the SMTP endpoint.' })
class SmtpPort {
  @Field(() => Int, { description: 'The TCP port number.' })
  port: number;

  @Field(() => SmtpSecurity, { description: 'How connections to this port are encrypted.' })
  security: SecurityValue;
}

@ObjectType({ description: 'The settings with which a mail client sends through the SMTP interface of SES.' })
export class SmtpCredentials {
  @Field(() => String, { description: 'The SMTP user name, which is the access key id.' })
  username: string;

  @Field(() => String, {
    description:
      'The SMTP password, derived from the secret access key and valid in this region only. Keep it secret.',
  })
  password: string;

  @Field(() => String, { description: 'The SMTP host of the region.' })
  host: string;

  @Field(() => [SmtpPort], { description: 'The ports of the host.' })
  ports: SmtpPort[];
}

@InputType({
  description:
    'Restricts a list of identities. Only identities that meet every given condition are returned.',
})
export class EmailIdentityFilter {
  @Field(() => String, { nullable: true, description: IDENTITY_TYPE })
  type?: string | null;

  @Field(() => String, { nullable: true, description: SES_STATUS })
  verificationStatus?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only identities whose name contains this text, compared without case.',
  })
  nameContains?: string | null;
}
