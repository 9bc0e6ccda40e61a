import { readFileSync } from 'node:fs';
import { type ChannelSettings, type EmailProviderName, type SmsProviderName } from './channel-settings';
import { type Database } from '../database/database';
import { type Clock } from '../shared/clock';
import { SesProvider } from './ses/ses.provider';
import { sesSmtpOptions, smtpOptionsFromUrl } from './smtp/smtp-options';
import { SmtpProvider } from './smtp/smtp.provider';
import { InboxProvider } from './inbox/inbox.provider';
import { type Provider } from './provider.types';
import { type Channel } from '../recipients/channel';
import { SensProvider } from './sens/sens.provider';

export interface ProviderParts {
  database: Database;
  recipientKey: (channel: Channel, to: string) => string;
  clock: Clock;
}

/** Creates the providers that the settings name, in order of failover. A new provider is one line here. */
export function createProviders(
  settings: ChannelSettings,
  parts: ProviderParts,
): Record<Channel, Provider[]> {
  const sender = { from: settings.emailFrom, replyTo: settings.emailReplyTo };
  const { sesSmtp, ses, smtpCaFile } = settings;
  const ca = smtpCaFile === null ? undefined : readFileSync(smtpCaFile);
  const pool = { maxConnections: settings.sendConcurrency, timeoutMs: settings.sendTimeoutMs };
  const email: Record<EmailProviderName, () => Provider> = {
    inbox: () => new InboxProvider('EMAIL', parts.database, parts.recipientKey),
    ses: () => new SesProvider(sender, ses),
    'ses-smtp': () =>
      new SmtpProvider(
        'ses-smtp',
        sender,
        { ...sesSmtpOptions({ ...sesSmtp, region: ses.region, ca }), ...pool },
        ses,
      ),
    smtp: () => new SmtpProvider('smtp', sender, { ...smtpOptionsFromUrl(settings.smtpUrl, ca), ...pool }),
  };
  const sms: Record<SmsProviderName, () => Provider> = {
    inbox: () => new InboxProvider('SMS', parts.database, parts.recipientKey),
    sens: () =>
      new SensProvider(
        { ...settings.sens, allowLms: settings.allowLms, lmsSubject: settings.brandName },
        parts.clock,
      ),
  };
  return {
    EMAIL: settings.emailProviders.map((name) => email[name]()),
    SMS: settings.smsProviders.map((name) => sms[name]()),
  };
}
