import { type Mailbox } from './mailbox';

export const EMAIL_PROVIDERS = ['inbox', 'ses', 'ses-smtp', 'smtp'] as const;
export const SMS_PROVIDERS = ['inbox', 'sens'] as const;

export type EmailProviderName = (typeof EMAIL_PROVIDERS)[number];
export type SmsProviderName = (typeof SMS_PROVIDERS)[number];

/** Which providers send on each channel, what the messages look like, and what each provider needs. */
export interface ChannelSettings {
  /** In order of failover; empty when the channel is switched off. */
  emailProviders: readonly EmailProviderName[];
  smsProviders: readonly SmsProviderName[];
  brandName: string;
  emailFrom: Mailbox;
  emailReplyTo: string | null;
  /** Whether a text over 90 bytes may go as LMS, which costs more. */
  allowLms: boolean;
  /** How long a provider may take for one call; a third of a lease at most. */
  sendTimeoutMs: number;
  sendConcurrency: number;
  ses: { region: string; configurationSet: string | null };
  /** The SNS topic whose events are accepted, or null for none. */
  sesTopicArn: string | null;
  sesSmtp: { host: string | null; port: number; accessKeyId: string; secretAccessKey: string };
  smtpUrl: string;
  /** A PEM file with the authority that signed the SMTP server's certificate, or null for the usual ones. */
  smtpCaFile: string | null;
  sens: { endpoint: string; serviceId: string; accessKey: string; secretKey: string; from: string };
}
