import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';
import { type SmtpSecurity as SecurityValue } from '../../../channels/ses/ses-smtp-credentials';
import { DkimKey, DnsRecord } from './dkim.types';
import { enumOf } from '../enum-of';
import { connectionType } from '../pagination';

const SES_STATUS = 'As SES gives it: PENDING, SUCCESS, FAILED, TEMPORARY_FAILURE, NOT_STARTED. May grow.';
const IDENTITY_TYPE = 'As SES gives it: EMAIL_ADDRESS, DOMAIN, MANAGED_DOMAIN. May grow.';

type CompanionPurpose = 'MAIL_FROM_MX' | 'MAIL_FROM_SPF' | 'DMARC';
type CompanionStatus = 'FOUND' | 'MISSING' | 'WRONG' | 'UNKNOWN';

const CompanionPurpose = enumOf<CompanionPurpose>('CompanionPurpose', 'What a record beside DKIM is for.', {
  MAIL_FROM_MX: 'Bounces of a MAIL FROM domain of your own go to SES.',
  MAIL_FROM_SPF: 'SPF of that domain lets SES send, so that SPF aligns with the sender.',
  DMARC: 'Tells receivers what to do with mail that is not yours.',
});

const CompanionStatus = enumOf<CompanionStatus>('CompanionStatus', 'Whether a record stands.', {
  FOUND: 'It stands and does what it is for.',
  MISSING: 'Nothing stands at its name.',
  WRONG: 'Something stands there that does not do what it is for.',
  UNKNOWN: 'No name server answered.',
});

@ObjectType({ description: 'How SES signs the mail of an identity.' })
export class IdentityDkim {
  @Field(() => String, {
    nullable: true,
    description:
      'Whose key signs, as SES gives it: AWS_SES (Easy DKIM), EXTERNAL (a key of your own), AWS_SES_<REGION>. May grow.',
  })
  origin: string | null;

  @Field(() => Boolean, { description: 'Whether SES is to sign.' })
  signingEnabled: boolean;

  @Field(() => String, { nullable: true, description: SES_STATUS })
  status: string | null;

  @Field(() => [String], {
    description: "Easy DKIM's tokens. With a key of your own SES gives its selector, or nothing.",
  })
  tokens: string[];

  @Field(() => Boolean, {
    description:
      'True when, and only when, SES signs with a key of your own: `origin` is EXTERNAL, signing is enabled and `status` is SUCCESS.',
  })
  byodkimReady: boolean;

  @Field(() => [DnsRecord], {
    description: 'The CNAME records that Easy DKIM wants; empty with a key of your own.',
  })
  records: DnsRecord[];
}

@ObjectType({ description: 'A record that a sending domain wants besides DKIM, and how it stands in DNS.' })
export class CompanionRecord {
  @Field(() => CompanionPurpose, { description: 'What it is for.' })
  purpose: CompanionPurpose;

  @Field(() => DnsRecord, { description: 'The record to publish.' })
  record: DnsRecord;

  @Field(() => CompanionStatus, { description: 'Whether it stands.' })
  status: CompanionStatus;

  @Field(() => [String], { description: 'What stands there now.' })
  found: string[];

  @Field(() => String, { nullable: true, description: 'What to do; null when nothing is to be done.' })
  advice: string | null;
}

@ObjectType({ description: "What SES's list tells of an identity; `emailIdentity(name)` tells the rest." })
export class ListedEmailIdentity {
  @Field(() => String, { description: 'The domain or address.' })
  name: string;

  @Field(() => String, { description: IDENTITY_TYPE })
  type: string;

  @Field(() => Boolean, { description: 'Whether SES lets mail leave from it.' })
  verifiedForSending: boolean;

  @Field(() => String, { nullable: true, description: SES_STATUS })
  verificationStatus: string | null;
}

@ObjectType({ description: 'A domain or an address that the SES account may send from, as SES knows it.' })
export class EmailIdentity extends ListedEmailIdentity {
  @Field(() => String, {
    nullable: true,
    description: "Why SES's last look at the DNS records failed, in SES's terms.",
  })
  verificationError: string | null;

  @Field(() => Date, { nullable: true, description: 'When SES last looked at the DNS records.' })
  lastCheckedAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'When SES last found them right.' })
  lastSuccessAt: Date | null;

  @Field(() => IdentityDkim, { description: 'How its mail is signed.' })
  dkim: IdentityDkim;

  @Field(() => String, {
    nullable: true,
    description: 'The custom MAIL FROM domain that SES is set to; null for its own.',
  })
  mailFromDomain: string | null;

  @Field(() => String, { nullable: true, description: SES_STATUS })
  mailFromStatus: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The configuration set used unless a message names one.',
  })
  configurationSet: string | null;
}

export const EmailIdentityConnection = connectionType(ListedEmailIdentity, 'EmailIdentity');

@ObjectType({ description: 'What became of an activation.' })
export class ActivateDkimKeyResult {
  @Field(() => DkimKey, { description: 'The key, PENDING or already ACTIVE.' })
  key: DkimKey;

  @Field(() => EmailIdentity, { description: 'The identity as SES knows it now.' })
  identity: EmailIdentity;

  @Field(() => [String], { description: 'What to know or do, in sentences.' })
  warnings: string[];
}

@ObjectType({ description: 'The SES account in the configured region.' })
export class SesAccount {
  @Field(() => Boolean, {
    description: 'False in the sandbox: verified recipients only, 200 messages a day, 1 a second.',
  })
  productionAccess: boolean;

  @Field(() => Boolean, { description: 'Whether the account may send at all.' })
  sendingEnabled: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'As SES gives it: HEALTHY, PROBATION, SHUTDOWN. May grow.',
  })
  enforcementStatus: string | null;

  @Field(() => Float, { nullable: true, description: 'Messages in 24 hours; -1 for no limit.' })
  max24HourSend: number | null;

  @Field(() => Float, { nullable: true, description: 'Messages a second.' })
  maxSendRate: number | null;

  @Field(() => Float, { nullable: true, description: 'Messages sent in the last 24 hours.' })
  sentLast24Hours: number | null;
}

const SmtpSecurity = enumOf<SecurityValue>('SmtpSecurity', 'How a port is encrypted.', {
  STARTTLS: 'Plain at first, then upgraded; demand the upgrade.',
  TLS: 'From the first byte.',
});

@ObjectType({ description: 'A port of the SMTP endpoint.' })
class SmtpPort {
  @Field(() => Int, { description: 'Its number.' })
  port: number;

  @Field(() => SmtpSecurity, { description: 'How it is encrypted.' })
  security: SecurityValue;
}

@ObjectType({ description: "What a mail program needs to send through SES's SMTP interface." })
export class SmtpCredentials {
  @Field(() => String, { description: 'The access key id.' })
  username: string;

  @Field(() => String, {
    description: 'Derived from the secret access key, good in this region alone. Keep it secret.',
  })
  password: string;

  @Field(() => String, { description: "The region's SMTP host." })
  host: string;

  @Field(() => [SmtpPort], { description: 'The ports it listens on.' })
  ports: SmtpPort[];
}

@InputType({ description: 'Which identities to list; all conditions must hold.' })
export class EmailIdentityFilter {
  @Field(() => String, { nullable: true, description: IDENTITY_TYPE })
  type?: string | null;

  @Field(() => String, { nullable: true, description: SES_STATUS })
  verificationStatus?: string | null;

  @Field(() => String, { nullable: true, description: 'A part of the name, in any case.' })
  nameContains?: string | null;
}
