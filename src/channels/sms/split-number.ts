import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { DeliveryError } from '../provider.types';

export const KOREA = '82';

/**
 * Splits an E.164 number into the country code and the number, digits only, as Korean gateways require it. A Korean
 * number keeps its trunk prefix 0, as in all of the vendors' examples. Their pages do not define numbers of other
 * countries, so they have the form that follows the country code in E.164: without a trunk prefix. Italian numbers keep
 * their first 0, because it is not a prefix.
 *
 * @throws DeliveryError `permanent`
 */
export function splitNumber(e164: string): { countryCode: string; national: string } {
  const number = parsePhoneNumberFromString(e164);
  if (!number) throw new DeliveryError('permanent', 'not an E.164 number', { failure: 'INVALID_RECIPIENT' });
  const { countryCallingCode: countryCode, nationalNumber } = number;
  return { countryCode, national: countryCode === KOREA ? `0${nationalNumber}` : nationalNumber };
}
