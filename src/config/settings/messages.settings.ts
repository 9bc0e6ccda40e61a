import { type Mailbox, parseMailbox } from '../../channels/mailbox';
import { canonicalLanguage } from '../../channels/templates/language';
import { readDomainName } from '../../recipients/domain-name';
import { readEmailAddress } from '../../recipients/email-address';
import { flag, list, special, text } from '../kinds';
import { loadTemplates } from '../../channels/templates/load-templates';
import { TemplateFaults } from '../../channels/templates/template-fault';
import { type TemplateSettings } from '../../channels/templates/templates';
import { Fault, group } from '../setting';
import { type Faults } from '../settings-fault';

export const MESSAGES = group(
  { title: 'Messages' },
  {
    BRAND_NAME: text({
      default: '',
      description: 'The name of your service in messages.',
    }),
    DEFAULT_LOCALE: special({
      form: 'language with templates, as BCP 47: `ko`, `en`, `ja`, `zh` or one of `TEMPLATES_DIR`',
      default: 'ko',
      parse: readLanguage,
      description:
        'The language of messages when there are no templates in the requested language. If it has templates for one channel only, messages on the other one are in English.',
    }),
    TEMPLATES_DIR: text({
      form: 'directory',
      description:
        'A directory with your own message [templates](../guides/templates.md), by language. A file replaces the built-in template of the same name.',
    }),
    EMAIL_FROM: special<Mailbox>({
      form: '`address` or `Name <address>`',
      channel: 'EMAIL',
      default: { name: null, address: 'inbox@localhost' },
      defaultText: 'none',
      requiredBy: ['EMAIL_PROVIDER=ses', 'EMAIL_PROVIDER=ses-smtp', 'EMAIL_PROVIDER=smtp'],
      parse: readMailbox,
      description:
        'The sender of e-mail. Write a name with a comma or another special character in double quotes: `"Example, Inc." <codes@example.com>`.',
    }),
    EMAIL_REPLY_TO: special<Mailbox | null>({
      form: '`address` or `Name <address>`',
      channel: 'EMAIL',
      default: null,
      parse: readMailbox,
      description: 'The address that replies to the e-mail go to. A name is ignored.',
    }),
    SMS_WEBOTP_DOMAIN: special<string | null>({
      form: 'domain name',
      channel: 'SMS',
      default: null,
      parse: readDomain,
      description:
        'Adds a line to SMS from which browsers fill in the code on pages of this domain (WebOTP).',
    }),
    SMS_APP_HASHES: list({
      form: '11 characters of A-Z, a-z, 0-9, `+` and `/`',
      channel: 'SMS',
      default: [],
      entry: readAppHash,
      description:
        'The hashes of your Android apps. A request that names one of them (`appHash`) gets an SMS that ends with it instead of the WebOTP line, so that the app reads the code by itself (SMS Retriever).',
    }),
    SMS_ALLOW_LMS: flag({
      channel: 'SMS',
      description: 'Sends texts of more than 90 bytes as LMS, which costs more.',
    }),
  },
);

/** Loads the templates as the server does, so that their faults are reported together with all others. */
export function checkTemplates(settings: TemplateSettings, faults: Faults): void {
  try {
    loadTemplates(settings);
  } catch (error) {
    if (!(error instanceof TemplateFaults)) throw error;
    for (const variable of new Set(error.faults.map((fault) => fault.variable))) {
      const ofVariable = error.faults.filter((fault) => fault.variable === variable);
      faults.add(variable, ...ofVariable.map(({ message }) => message));
    }
  }
}

function readLanguage(text: string): string | Fault {
  return canonicalLanguage(text) ?? new Fault('must be a BCP 47 language tag such as ko, en or zh-Hant');
}

function readMailbox(text: string): Mailbox | Fault {
  // A text that is not an address with a name may be an address that is valid after cleaning.
  const { name, address } = parseMailbox(text) ?? { name: null, address: text };
  try {
    return { name, address: readEmailAddress(address) };
  } catch {
    return new Fault(
      'must be one e-mail address, or a name and an address: Name <user@example.com>; a name with special characters in double quotes',
    );
  }
}

function readAppHash(text: string): string | Fault {
  if (/^[A-Za-z0-9+/]{11}$/.test(text)) return text;
  return new Fault('must be a list of app hashes with 11 characters of A-Z, a-z, 0-9, + and / each');
}

function readDomain(text: string): string | Fault {
  try {
    return readDomainName(text);
  } catch {
    return new Fault('must be a domain name, such as example.com');
  }
}
