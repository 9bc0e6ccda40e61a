import { type CountryCode, parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js/max';
import { type Channel } from './channel';
import { readEmailAddress } from './email-address';
import { AppError, badInput } from '../shared/errors';
import { cleanPhoneNumber, cleanText, TextFault } from './typed-text';
import { fixedCodeOf, type TestRecipients } from './test-recipients';

/** An address or number that a code can be sent to. `canonical` is the form that messages are sent to. */
export interface Recipient {
  channel: Channel;
  canonical: string;
}

/**
 * Reads an e-mail address as `readEmailAddress` does.
 *
 * @throws AppError BAD_USER_INPUT naming `path`.
 */
export function parseEmail(typed: string, path: string): Recipient {
  try {
    return { channel: 'EMAIL', canonical: readEmailAddress(typed) };
  } catch (error) {
    if (error instanceof TextFault) throw badInput(path, error.rule, error.message);
    throw error;
  }
}

/** Longer text is refused unread. */
const MAX_TYPED_CHARACTERS = 1_000;

/**
 * Reads a mobile number that a code may be sent to, in E.164 or in the national format of the first country of
 * `countries`.
 *
 * @param testRecipients recipients that need not be valid or allowed, because nothing is sent to them.
 * @throws AppError BAD_USER_INPUT when it is not a mobile number, RECIPIENT_NOT_ALLOWED when its country is not in
 *   `countries`.
 */
export function parsePhone(
  typed: string,
  countries: readonly string[],
  path: string,
  testRecipients: TestRecipients = new Map(),
): Recipient {
  const number = readNumber(typed, countries, path);
  const recipient: Recipient = { channel: 'SMS', canonical: number.number };
  if (fixedCodeOf(testRecipients, recipient.canonical) !== undefined) return recipient;
  if (!isAssigned(number)) {
    throw badInput(path, 'INVALID_PHONE_NUMBER', 'must be a complete phone number that exists');
  }
  if (!number.country || !countries.includes(number.country)) {
    throw new AppError(
      'RECIPIENT_NOT_ALLOWED',
      `${path}: no codes are sent to numbers of this country; use another number or an e-mail address`,
      { reason: 'COUNTRY' },
    );
  }
  if (!isMobile(number)) throw badInput(path, 'NOT_MOBILE', 'must be a mobile number');
  return recipient;
}

/**
 * Reads a recipient that may be stored, even if no code would be sent to it now: an e-mail address when the text contains
 * an @, else a phone number.
 *
 * @throws AppError BAD_USER_INPUT when it cannot be read as either.
 */
export function parseKnownRecipient(typed: string, countries: readonly string[], path: string): Recipient {
  return typed.length <= MAX_TYPED_CHARACTERS && cleanText(typed).includes('@')
    ? parseEmail(typed, path)
    : parseKnownPhone(typed, countries, path);
}

/** As `parseKnownRecipient`, for a phone number. */
export function parseKnownPhone(typed: string, countries: readonly string[], path: string): Recipient {
  return { channel: 'SMS', canonical: readNumber(typed, countries, path).number };
}

function readNumber(typed: string, countries: readonly string[], path: string): PhoneNumber {
  const cleaned = typed.length <= MAX_TYPED_CHARACTERS ? cleanPhoneNumber(typed) : '';
  const options = { defaultCountry: countries[0] as CountryCode, extract: false };
  const number = DIGITS.test(cleaned) ? parsePhoneNumberFromString(cleaned, options) : undefined;
  if (number) return number;
  throw badInput(
    path,
    'INVALID_PHONE_NUMBER',
    'must be one phone number, as +821012345678 or in national format: only digits, spaces, hyphens, dots and parentheses',
  );
}

/** E.164 allows 15 digits. An international prefix and a zero in parentheses may come before them. */
const DIGITS = /^\+?[0-9]{2,25}$/;

/**
 * National numbering plans that are stricter than libphonenumber's metadata, by national number. Korea: the metadata
 * allows seven digits after 010, as after 011 and 016 to 019. Since 2004, every 010 number has eight.
 */
const NUMBERING_PLANS: Partial<Record<CountryCode, RegExp>> = { KR: /^(?!10)|^10[0-9]{8}$/ };

function isAssigned(number: PhoneNumber): boolean {
  const plan = number.country && NUMBERING_PLANS[number.country];
  return number.isValid() && (plan?.test(number.nationalNumber) ?? true);
}

/** Some countries (+1) do not distinguish mobile numbers from fixed lines. */
function isMobile(number: PhoneNumber): boolean {
  const type = number.getType();
  return type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE';
}

/** The masked recipient, which answers contain: `m***@example.com`, `+82 10-****-5678`. */
export function maskRecipient({ channel, canonical }: Recipient): string {
  if (channel === 'EMAIL') return `${canonical[0]}***${canonical.slice(canonical.lastIndexOf('@'))}`;
  const number = parsePhoneNumberFromString(canonical);
  if (!number) return `${canonical.slice(0, 3)}****`;
  const [countryCode, first, ...rest] = number.formatInternational().split(/[ -]/);
  // The last four digits and the first group stay visible. In Korea, the first group is 10 for everybody.
  const hidden = rest.join('-').replace(/\d(?=(?:\D*\d){4})/g, '*');
  return `${countryCode} ${[first, hidden].filter(Boolean).join('-')}`;
}
