import { readDomainName } from '../../recipients/domain-name';
import { readEmailAddress } from '../../recipients/email-address';
import { cleanText, TextFault } from '../../recipients/typed-text';
import { AppError, badInput } from '../../shared/errors';

/** Returns the canonical name: a domain or an e-mail address; null for a text that is neither. */
export function parseIdentityName(typed: string): string | null {
  try {
    return readIdentityName(typed);
  } catch (error) {
    if (error instanceof TextFault) return null;
    throw error;
  }
}

/**
 * @throws AppError BAD_USER_INPUT with the rule of an e-mail address or of a domain, depending on which the
 *   text resembles.
 */
export function requireIdentityName(typed: string): string {
  try {
    return readIdentityName(typed);
  } catch (error) {
    if (error instanceof TextFault) throw badInput('input.name', error.rule, error.message);
    throw error;
  }
}

/** @throws AppError NOT_FOUND for a text that cannot be the name of an identity. */
export function knownIdentityName(typed: string): string {
  const name = parseIdentityName(typed);
  if (name === null) throw unknownIdentity(typed);
  return name;
}

export function unknownIdentity(name: string): AppError {
  return new AppError('NOT_FOUND', `SES has no identity ${name.slice(0, 254)}`);
}

function readIdentityName(typed: string): string {
  return cleanText(typed).includes('@') ? readEmailAddress(typed) : readDomainName(typed);
}
