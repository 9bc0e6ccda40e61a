/** A key in the form that SES requires. It is secret and only sent to SES. */
export interface SigningKey {
  selector: string;
  /** PKCS#8 DER in base64 without header or line breaks. */
  privateKey: string;
}

/** SES's DKIM state of an identity. Strings, not enums, because SES adds values without notice. */
export interface IdentityDkim {
  /** `AWS_SES` (Easy DKIM), `EXTERNAL` (BYODKIM), or `AWS_SES_<REGION>` for a replica. */
  origin: string | null;
  signingEnabled: boolean;
  status: string | null;
  /** The tokens of Easy DKIM; with BYODKIM the selector, or nothing. */
  tokens: string[];
  signingHostedZone: string | null;
}

/** What SES does with a message while it does not find the MX record of the MAIL FROM domain. */
export type MxFailureBehavior = 'USE_DEFAULT_VALUE' | 'REJECT_MESSAGE';

/** SES's state of a custom MAIL FROM domain. Strings, not enums, because SES adds values without notice. */
export interface IdentityMailFrom {
  domain: string;
  status: string | null;
  onMxFailure: string | null;
}

export interface EmailIdentity {
  name: string;
  type: string;
  verifiedForSending: boolean;
  verificationStatus: string | null;
  /** Why SES's last check of the DNS records failed, as SES's own value. */
  verificationError: string | null;
  lastCheckedAt: Date | null;
  lastSuccessAt: Date | null;
  dkim: IdentityDkim;
  /** Null when SES uses its own MAIL FROM domain. */
  mailFrom: IdentityMailFrom | null;
  configurationSet: string | null;
}

/** An identity in SES's list. */
export interface ListedIdentity {
  name: string;
  type: string;
  verifiedForSending: boolean;
  verificationStatus: string | null;
}

export interface IdentityFilter {
  type?: string | null;
  verificationStatus?: string | null;
  nameContains?: string | null;
}

export interface IdentityPage {
  identities: ListedIdentity[];
  nextToken: string | null;
}

export interface SesAccount {
  /** False in the sandbox: verified recipients only, 200 messages in 24 hours. */
  productionAccess: boolean;
  sendingEnabled: boolean;
  enforcementStatus: string | null;
  max24HourSend: number | null;
  maxSendRate: number | null;
  sentLast24Hours: number | null;
}
