import { type Channel } from '../../recipients/channel';
import { eucKrLength } from '../sms/euc-kr';
import { languageChain } from './language';
import { type TemplateCatalog } from './template-catalog';
import { type TemplateFault } from './template-fault';
import { type TemplateSources } from './template-files';
import { type TemplateNotice, type TemplateSettings } from './templates';

const CHANNEL_NAMES: Record<Channel, string> = { EMAIL: 'e-mail', SMS: 'SMS' };

/** A message with parts in two languages, and a default language without templates. */
export function languageFaults(catalog: TemplateCatalog, settings: TemplateSettings): TemplateFault[] {
  const faults = catalog.incomplete.map(({ locale, purpose, missing }): TemplateFault => {
    const directory = purpose === null ? locale : `${locale}/${purpose}`;
    const files = missing.map((part) => `${part}.liquid`).join(' and ');
    return { variable: 'TEMPLATES_DIR', message: `${directory}: must have ${files} too` };
  });
  const open = openChannels(settings);
  if (open.length === 0 || open.some((channel) => offersDefault(catalog, channel, settings))) return faults;
  const known = [...new Set(open.flatMap((channel) => catalog.languages(channel)))].sort().join(', ');
  return [
    ...faults,
    { variable: 'DEFAULT_LOCALE', message: `must be a language with templates; these are ${known}` },
  ];
}

/** One notice for each language whose SMS go out in English. */
export function noticesOf(
  catalog: TemplateCatalog,
  sources: TemplateSources,
  settings: TemplateSettings,
): TemplateNotice[] {
  const notices: TemplateNotice[] = [];
  if (openChannels(settings).includes('SMS'))
    for (const { name, source, isOwn } of sources.values()) {
      if (isOwn || name.part !== 'sms.text') continue;
      const { unencodable } = eucKrLength(source);
      if (unencodable.length === 0) continue;
      const message = `SMS in this language go out in English: Korean carriers cannot transmit ${unencodable.join(' ')}`;
      notices.push({ locale: name.locale, channel: 'SMS', message });
    }
  for (const channel of openChannels(settings))
    if (!offersDefault(catalog, channel, settings)) {
      const message = `DEFAULT_LOCALE has no templates for ${CHANNEL_NAMES[channel]}, so English takes its place there`;
      notices.push({ locale: settings.defaultLocale ?? 'ko', channel, message });
    }
  return notices;
}

function offersDefault(
  catalog: TemplateCatalog,
  channel: Channel,
  { defaultLocale = 'ko' }: TemplateSettings,
): boolean {
  return languageChain(defaultLocale).some((locale) => catalog.offers(locale, channel, null));
}

function openChannels({ closedChannels = [] }: TemplateSettings): Channel[] {
  return (['EMAIL', 'SMS'] as const).filter((channel) => !closedChannels.includes(channel));
}
