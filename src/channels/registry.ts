import { type Channel } from '../recipients/channel';
import { type ChannelSettings } from './channel-settings';
import { type CreateProvider, type ProviderParts } from './create-provider.types';
import { type Provider } from './provider.types';

/** A provider's module is loaded when the settings name the provider, because some load large libraries. */
type LoadProvider = () => Promise<CreateProvider>;

/** The providers of e-mail by their names in EMAIL_PROVIDER. */
const EMAIL = {
  inbox: async () => (await import('./inbox/inbox.provider.js')).createEmailInbox,
  ses: async () => (await import('./ses/ses.provider.js')).createSes,
  'ses-smtp': async () => (await import('./smtp/smtp.provider.js')).createSesSmtp,
  smtp: async () => (await import('./smtp/smtp.provider.js')).createSmtp,
  http: async () => (await import('./http/http.provider.js')).createEmailHttp,
} satisfies Record<string, LoadProvider>;

/** The providers of SMS by their names in SMS_PROVIDER. */
const SMS = {
  inbox: async () => (await import('./inbox/inbox.provider.js')).createSmsInbox,
  sens: async () => (await import('./sens/sens.provider.js')).createSens,
  'sens-alimtalk': async () => (await import('./sens-alimtalk/sens-alimtalk.provider.js')).createSensAlimtalk,
  solapi: async () => (await import('./solapi/solapi.provider.js')).createSolapi,
  http: async () => (await import('./http/http.provider.js')).createSmsHttp,
} satisfies Record<string, LoadProvider>;

export type EmailProviderName = keyof typeof EMAIL;
export type SmsProviderName = keyof typeof SMS;

export const EMAIL_PROVIDERS = Object.keys(EMAIL) as EmailProviderName[];
export const SMS_PROVIDERS = Object.keys(SMS) as SmsProviderName[];

/** The providers of each channel in order of failover; empty when the channel is switched off. */
export interface ProviderLists {
  emailProviders: readonly EmailProviderName[];
  smsProviders: readonly SmsProviderName[];
}

/** Creates the providers that the settings name, in order of failover. */
export async function createProviders(
  settings: ChannelSettings & ProviderLists,
  parts: ProviderParts,
): Promise<Record<Channel, Provider[]>> {
  const create = async (load: LoadProvider) => (await load())(settings, parts);
  return {
    EMAIL: await Promise.all(settings.emailProviders.map((name) => create(EMAIL[name]))),
    SMS: await Promise.all(settings.smsProviders.map((name) => create(SMS[name]))),
  };
}
