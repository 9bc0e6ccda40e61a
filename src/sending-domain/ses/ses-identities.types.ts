/** A key as SES takes it. Secret: it goes to SES and nowhere else. */
export interface SigningKey {
  selector: string;
  /** PKCS#8 DER in base64 without header or line breaks. */
  privateKey: string;
}

/** What SES says of an identity's DKIM. Strings, not enums: SES adds values without notice. */
export interface IdentityDkim {
  /** `AWS_SES` (Easy DKIM), `EXTERNAL` (BYODKIM), or `AWS_SES_<REGION>` for a replica. */
  origin: string | null;
  signingEnabled: boolean;
  status: string | null;
  /** Easy DKIM's tokens; under BYODKIM the selector, or nothing. */
  tokens: string[];
  signingHostedZone: string | null;
}

export interface EmailIdentity {
  name: string;
  type: string;
  verifiedForSending: boolean;
  verificationStatus: string | null;
  /** Why SES's last look at the DNS records failed, in SES's terms. */
  verificationError: string | null;
  lastCheckedAt: Date | null;
  lastSuccessAt: Date | null;
  dkim: IdentityDkim;
  mailFromDomain: string | null;
  mailFromStatus: string | null;
  configurationSet: string | null;
}

/** What SES's list tells of an identity. */
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
  /** False in the sandbox: verified recipients only, 200 messages a day. */
  productionAccess: boolean;
  sendingEnabled: boolean;
  enforcementStatus: string | null;
  max24HourSend: number | null;
  maxSendRate: number | null;
  sentLast24Hours: number | null;
}
