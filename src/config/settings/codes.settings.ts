import { getCountries } from 'libphonenumber-js/max';
import { type TemplateSettings } from '../../channels/templates/templates';
import { readEmailAddress } from '../../recipients/email-address';
import { cleanCode, cleanPhoneNumber } from '../../recipients/typed-text';
import { type TestRecipients, testRecipientKey } from '../../recipients/test-recipients';
import { type PurposeSettings, type VerificationSettings } from '../../verification/verification.types';
import { entriesOf, integer, list, special, text } from '../kinds';
import { readPurposesFile } from '../purposes/read-purposes-file';
import { ATTEMPTS, CODE_LENGTH, CODE_LIFE } from '../ranges';
import { Fault, group, type ValuesOf } from '../setting';
import { type Faults } from '../settings-fault';

const length = { ...CODE_LENGTH, default: 6, unit: 'digits' };
const life = { ...CODE_LIFE, unit: 'seconds' };

export const CODES = group(
  { title: 'Codes and recipients' },
  {
    EMAIL_CODE_LENGTH: integer({
      ...length,
      channel: 'EMAIL',
      description: 'Number of digits of a code sent by e-mail.',
    }),
    EMAIL_CODE_TTL_SECONDS: integer({
      ...life,
      channel: 'EMAIL',
      default: 1_800,
      description: 'How long a code sent by e-mail is valid.',
    }),
    SMS_CODE_LENGTH: integer({
      ...length,
      channel: 'SMS',
      description: 'Number of digits of a code sent by SMS.',
    }),
    SMS_CODE_TTL_SECONDS: integer({
      ...life,
      channel: 'SMS',
      default: 300,
      description: 'How long a code sent by SMS is valid.',
    }),
    MAX_ATTEMPTS: integer({
      ...ATTEMPTS,
      default: 5,
      description: 'Number of attempts per verification.',
    }),
    PURPOSES_FILE: text({
      form: 'file in YAML or JSON',
      description:
        'Policies per purpose: code length, validity, attempts, channels and a daily limit. See [purposes](../guides/purposes.md).',
    }),
    SMS_COUNTRIES: list({
      form: 'ISO 3166 codes such as `KR`',
      default: ['KR'],
      channel: 'SMS',
      entry: readCountry,
      description:
        'The countries to whose numbers SMS are sent. A phone number in national format is read as a number of the first one.',
    }),
    TEST_RECIPIENTS: special<TestRecipients>({
      form: 'list: `<E.164 number or e-mail address>=<4 to 10 digits>`',
      default: new Map(),
      defaultText: 'none',
      secret: true,
      parse: readTestRecipients,
      description:
        'Recipients with a fixed code. Nothing is sent to them, so app store reviews and end-to-end tests can use them. The numbers need not exist. Addresses are compared without case.',
    }),
  },
);

export function codeSettings(
  values: ValuesOf<typeof CODES>,
): Pick<VerificationSettings, 'codes' | 'maxAttempts' | 'smsCountries' | 'testRecipients'> {
  return {
    codes: {
      EMAIL: { length: values.EMAIL_CODE_LENGTH, ttlSeconds: values.EMAIL_CODE_TTL_SECONDS },
      SMS: { length: values.SMS_CODE_LENGTH, ttlSeconds: values.SMS_CODE_TTL_SECONDS },
    },
    maxAttempts: values.MAX_ATTEMPTS,
    smsCountries: values.SMS_COUNTRIES,
    testRecipients: values.TEST_RECIPIENTS,
  };
}

/** Reads PURPOSES_FILE. Without it, or with faults, every purpose has the settings of its channel. */
export function readPurposes(path: string | null, faults: Faults): PurposeSettings {
  const none = { byName: new Map<string, never>(), strict: false };
  const read = path === null ? none : readPurposesFile(path);
  if ('byName' in read) return read;
  faults.add('PURPOSES_FILE', ...read);
  return none;
}

/** What the messages depend on in the policies. */
export function purposesOfTemplates(
  { byName, strict }: PurposeSettings,
  smsCodeLength: number,
): Pick<TemplateSettings, 'purposes' | 'strictPurposes'> {
  const purposes = [...byName].map(([name, { channels, codeLength }]) => ({
    name,
    channels: channels ?? (['EMAIL', 'SMS'] as const),
    smsCodeLength: codeLength ?? smsCodeLength,
  }));
  return { purposes, strictPurposes: strict };
}

function readCountry(text: string): string | Fault {
  const country = text.toUpperCase();
  const known: readonly string[] = getCountries();
  if (known.includes(country)) return country;
  return new Fault('must be a list of ISO 3166 country codes of two letters such as KR,JP');
}

function readTestRecipients(text: string): Map<string, string> | Fault {
  const codes = new Map<string, string>();
  for (const entry of entriesOf(text)) {
    const equals = Math.max(0, entry.lastIndexOf('='));
    const canonical = canonicalTestRecipient(entry.slice(0, equals));
    const code = cleanCode(entry.slice(equals + 1));
    if (canonical === null || !/^[0-9]{4,10}$/.test(code))
      return new Fault('each must be <E.164 number or e-mail address>=<4 to 10 digits>');
    const key = testRecipientKey(canonical);
    if (codes.has(key)) return new Fault('contains a recipient twice');
    codes.set(key, code);
  }
  return codes;
}

function canonicalTestRecipient(recipient: string): string | null {
  const number = cleanPhoneNumber(recipient);
  if (/^\+[1-9][0-9]{6,14}$/.test(number)) return number;
  try {
    return readEmailAddress(recipient);
  } catch {
    return null;
  }
}
