import { type HttpSettings } from './http/http-settings';
import { type Mailbox } from './mailbox';
import { type SensAlimtalkSettings } from './sens-alimtalk/sens-alimtalk-settings';
import { type SensSettings } from './sens/sens-settings';
import { type SesSettings } from './ses/ses-settings';
import { type SolapiSettings } from './solapi/solapi-settings';

/** The settings of messages and of every provider. */
export interface ChannelSettings extends ProviderSettings {
  brandName: string;
  emailFrom: Mailbox;
  emailReplyTo: string | null;
  /** Whether a text of more than 90 bytes may be sent as LMS, which costs more. */
  allowLms: boolean;
  /** The time limit of one call to a provider, at most a third of a lease. */
  sendTimeoutMs: number;
  sendConcurrency: number;
}

/** The settings of every provider. */
export interface ProviderSettings {
  ses: SesSettings;
  /** The SNS topic whose events are accepted, or null for none. */
  sesTopicArn: string | null;
  sesSmtp: { host: string | null; port: number; accessKeyId: string; secretAccessKey: string };
  smtpUrl: string;
  /** A PEM file with the authority of the SMTP server's certificate, or null for the authorities that Node trusts. */
  smtpCaFile: string | null;
  sens: SensSettings;
  sensAlimtalk: SensAlimtalkSettings;
  solapi: SolapiSettings;
  http: HttpSettings;
}
