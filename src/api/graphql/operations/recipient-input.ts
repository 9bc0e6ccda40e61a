import { badInput } from '../../../shared/errors';
import { parseEmail, parseKnownPhone, type Recipient } from '../../../recipients/recipient';

/** An input that names one recipient: by an address or by a number. */
export interface RecipientFields {
  email?: string | null;
  phoneNumber?: string | null;
}

/** @throws AppError BAD_USER_INPUT unless exactly one of the fields is a valid recipient. */
export function readRecipient(
  { email, phoneNumber }: RecipientFields,
  smsCountries: readonly string[],
): Recipient {
  if (email && !phoneNumber) return parseEmail(email, 'input.email');
  if (phoneNumber && !email) return parseKnownPhone(phoneNumber, smsCountries, 'input.phoneNumber');
  throw badInput('input', 'EXACTLY_ONE', 'must have exactly one of `email` and `phoneNumber`');
}
