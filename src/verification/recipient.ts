import { domainToASCII } from 'node:url';
import { isEmail } from 'class-validator';
import { type CountryCode, parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js/max';
import { type Channel } from '../channels/provider.types';
import { AppError, badInput } from '../shared/errors';

/** Someone a code can be sent to. `canonical` is the address or number that messages go to. */
export interface Recipient {
  channel: Channel;
  canonical: string;
}

// The printable characters of RFC 5322's dot-atom: no quotes, blanks, controls or anything above ASCII.
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/**
 * Reads an e-mail address: domain to lower-case ASCII (IDN to punycode), local part kept as typed.
 *
 * @throws AppError BAD_USER_INPUT naming `path`: no address, a display name, control characters, a local part that
 *   SES cannot send to (quoted or not ASCII).
 */
export function parseEmail(typed: string, path: string): Recipient {
  const trimmed = typed.replace(/^ +| +$/g, '');
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, Math.max(at, 0));
  const domain = domainToASCII(trimmed.slice(at + 1)).toLowerCase();
  const canonical = `${local}@${domain}`;

  if (/[\u0000-\u001f\u007f]/.test(typed))
    throw badInput(path, 'INVALID_CHARACTERS', 'must not contain control characters');

  if (/[^\u0000-\u007f]/.test(local))
    throw badInput(path, 'UNSUPPORTED_EMAIL', 'must have only ASCII characters before the @');
  if (at < 1 || !LOCAL_PART.test(local) || !isEmail(canonical))
    throw badInput(path, 'INVALID_EMAIL', 'must be an e-mail address');
  return { channel: 'EMAIL', canonical };
}

/**
 * Reads a phone number in E.164 or in the national format of the first country of `countries`.
 *
 * @param exempt recipients that need neither be valid nor allowed: nothing is sent to them.
 * @throws AppError BAD_USER_INPUT when it is no mobile number, RECIPIENT_NOT_ALLOWED when its country is not in
 *   `countries`.
 */
export function parsePhone(
  typed: string,
  countries: readonly string[],
  path: string,
  exempt: ReadonlyMap<string, unknown> = new Map(),
): Recipient {
  const options = { defaultCountry: countries[0] as CountryCode, extract: false };
  const number = typed.length <= 40 ? parsePhoneNumberFromString(typed, options) : undefined;
  if (number && exempt.has(number.number)) return { channel: 'SMS', canonical: number.number };
  if (!number?.isValid() || number.ext)
    throw badInput(path, 'INVALID_PHONE_NUMBER', 'must be a phone number in E.164 or national format');
  if (!number.country || !countries.includes(number.country)) {
    throw new AppError('RECIPIENT_NOT_ALLOWED', 'codes are not sent to numbers of this country');
  }
  if (!isMobile(number)) throw badInput(path, 'NOT_MOBILE', 'must be a mobile number');
  return { channel: 'SMS', canonical: number.number };
}

/**
 * Reads the number of someone who may stand in the database, whether or not codes may still be sent there.
 *
 * @throws AppError BAD_USER_INPUT when it cannot be read as a number.
 */
export function parseKnownPhone(typed: string, countries: readonly string[], path: string): Recipient {
  const options = { defaultCountry: countries[0] as CountryCode, extract: false };
  const number = typed.length <= 40 ? parsePhoneNumberFromString(typed, options) : undefined;
  if (!number)
    throw badInput(path, 'INVALID_PHONE_NUMBER', 'must be a phone number in E.164 or national format');
  return { channel: 'SMS', canonical: number.number };
}

/** Some countries (+1) do not tell mobile from fixed lines. */
function isMobile(number: PhoneNumber): boolean {
  const type = number.getType();
  return type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE';
}

/** What the outside may see of a recipient: `m***@example.com`, `+82 10-****-5678`. */
export function maskRecipient({ channel, canonical }: Recipient): string {
  if (channel === 'EMAIL') return `${canonical[0]}***${canonical.slice(canonical.lastIndexOf('@'))}`;
  const number = parsePhoneNumberFromString(canonical);
  if (!number) return `${canonical.slice(0, 3)}****`;
  const [countryCode, first, ...rest] = number.formatInternational().split(/[ -]/);
  // Everything hidden but the last four digits and the first group, which in Korea is the same 10 for all.
  const hidden = rest.join('-').replace(/\d(?=(?:\D*\d){4})/g, '*');
  return `${countryCode} ${[first, hidden].filter(Boolean).join('-')}`;
}

/** One person for the limits: without case and without the `+tag` that reaches the same inbox. */
export function limitKey({ channel, canonical }: Recipient): string {
  if (channel === 'SMS') return `sms:${canonical}`;
  const at = canonical.lastIndexOf('@');
  const local = canonical.slice(0, at).replace(/(?<=.)\+.*$/, '');
  return `email:${local}@${canonical.slice(at + 1)}`.toLowerCase();
}
