import { type Mailbox } from './mailbox';

export const EMAIL_PROVIDERS = ['inbox', 'ses', 'ses-smtp', 'smtp'] as const;
export const SMS_PROVIDERS = ['inbox', 'sens'] as const;

export type EmailProviderName = (typeof EMAIL_PROVIDERS)[number];
export type SmsProviderName = (typeof SMS_PROVIDERS)[number];

/** The providers of each channel with their settings, and the settings of messages. */
export interface ChannelSettings {
  /** In order of failover; empty when the channel is switched off. */
  emailProviders: readonly EmailProviderName[];
  smsProviders: readonly SmsProviderName[];
  brandName: string;
  emailFrom: Mailbox;
  emailReplyTo: string | null;
  /** Whether a text of more than 90 bytes may be sent as LMS, which costs more. */
  allowLms: boolean;
  /** The time limit of one call to a provider, at most a third of a lease. */
  sendTimeoutMs: number;
  sendConcurrency: number;
  ses: { region: string; configurationSet: string | null };
  /** The SNS topic whose events are accepted, or null for none. */
  sesTopicArn: string | null;
  sesSmtp: { host: string | null; port: number; accessKeyId: string; secretAccessKey: string };
  smtpUrl: string;
  /** A PEM file with the authority of the SMTP server's certificate, or null for the authorities that Node trusts. */
  smtpCaFile: string | null;
  sens: { endpoint: string; serviceId: string; accessKey: string; secretKey: string; from: string };
}
