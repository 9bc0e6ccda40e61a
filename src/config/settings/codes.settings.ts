import { getCountries } from 'libphonenumber-js/max';
import { readEmailAddress } from '../../recipients/email-address';
import { cleanCode, cleanPhoneNumber } from '../../recipients/typed-text';
import { type TestRecipients, testRecipientKey } from '../../recipients/test-recipients';
import { type VerificationSettings } from '../../verification/verification.types';
import { entriesOf, integer, list, special } from '../kinds';
import { Fault, group, type ValuesOf } from '../setting';

const length = { default: 6, min: 4, max: 10, unit: 'digits' };
const life = { min: 1, max: 86_400, unit: 'seconds' };

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
      default: 5,
      min: 1,
      max: 20,
      description: 'Number of attempts per verification.',
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
